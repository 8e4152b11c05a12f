#include <weir/stream/naming.hpp>

#include <map>
#include <set>

#include <weir/stream/errors.hpp>

namespace weir {

namespace {

class namer {
public:
  plan_ptr visit(const plan_ptr& plan) {
    if (const auto known = named_.find(plan.get()); known != named_.end())
      return known->second;
    auto copy = *plan;
    for (auto& input : copy.inputs)
      input = visit(input);
    if (!copy.internal)
      copy.full_name = name_of(plan->name, plan->kind);
    // What stands before it for its sake goes by its name.
    for (auto& input : copy.inputs)
      if (input->internal) {
        auto part = *input;
        part.full_name = copy.full_name + ".input";
        input = std::make_shared<const plan_node>(std::move(part));
      }
    const auto made = std::make_shared<const plan_node>(std::move(copy));
    named_[plan.get()] = made;
    kept_.push_back(plan);
    return made;
  }

  std::string name_of(const std::string& given, const std::string& kind) {
    auto name = given;
    if (name.empty()) {
      do
        name = kind + "-" + std::to_string(ordinals_[kind]++);
      while (names_.contains(name));
    }
    if (!names_.insert(name).second)
      throw analysis_error{{errc::invalid_argument, "two steps of the query are named '" + name + "'"}};
    return name;
  }

private:
  std::map<const plan_node*, plan_ptr> named_;
  std::vector<plan_ptr> kept_;
  std::map<std::string, int> ordinals_;
  std::set<std::string> names_;
};

}  // namespace

std::vector<plan_output> with_names(const std::vector<plan_output>& outputs) {
  namer names;
  std::vector<plan_output> named;
  for (const auto& output : outputs) {
    auto one = output;
    one.plan = names.visit(output.plan);
    one.target.name = names.name_of(output.target.name, output.target.kind);
    named.push_back(std::move(one));
  }
  return named;
}

std::string plan_text(const std::vector<plan_output>& outputs, output_mode mode) {
  std::string text;
  std::set<const plan_node*> seen;
  const auto visit = [&](const plan_node& plan, const auto& self) -> void {
    if (!seen.insert(&plan).second)
      return;
    for (const auto& input : plan.inputs)
      self(*input, self);
    text += "    " + plan.full_name;
    for (std::size_t i = 0; i < plan.inputs.size(); ++i)
      text += (i == 0 ? " <- " : " ") + plan.inputs[i]->full_name;
    text += ": " + plan.kind;
    if (!plan.source) {
      auto options = plan.options;
      options.mode = mode;
      if (const auto details = plan.make(options)->details(); !details.empty())
        text += " (" + details + ")";
    }
    text += " -> " + plan.output.to_string() + "\n";
  };
  for (const auto& output : outputs)
    visit(*output.plan, visit);
  return text;
}

}  // namespace weir
