#pragma once

#include <memory>
#include <string>

#include <weir/actors/actor_protocol.hpp>
#include <weir/sources/buffered_source.hpp>

namespace weir {

namespace actors {

/// The actor that takes rows for a query, and what is known of it outside. See actor_input.
class inlet_handle {
public:
  inlet_handle(caf::actor_system& system, schema columns);
  ~inlet_handle();
  inlet_handle(const inlet_handle&) = delete;
  inlet_handle& operator=(const inlet_handle&) = delete;

  const caf::actor& address() const noexcept { return address_; }
  const schema& columns() const noexcept { return columns_; }
  /// A query begins to take rows. False: another one does.
  bool use();
  void release();

private:
  schema columns_;
  caf::actor address_;
  std::atomic<bool> used_ = false;
};

std::unique_ptr<source> make_actor_source(std::shared_ptr<inlet_handle> inlet, buffer_options options);

}  // namespace actors

/// Where the actors of a CAF application send rows of type T for a query: input_rows to address(), see there. Copies
/// are the same input. Before the query starts rows wait unanswered; after it has ended they are refused, until a query
/// is started with the input again. The address ends with the last copy and query that use it; that must be before the
/// actor system does.
template <class T>
class actor_input {
public:
  explicit actor_input(caf::actor_system& system)
      : inlet_{std::make_shared<actors::inlet_handle>(system, row_schema<T>())} {}

  const caf::actor& address() const noexcept { return inlet_->address(); }
  const std::shared_ptr<actors::inlet_handle>& inlet() const noexcept { return inlet_; }

private:
  std::shared_ptr<actors::inlet_handle> inlet_;
};

namespace sources {

/// Rows that actors of the application send: `sources::actor<T>{.input = input}`, where `input` is an actor_input<T>.
/// With a checkpoint they are spooled before they are answered. An actor that sent rows and ends with an error ends the
/// query with source_failed; one that quits normally only ends its input. One query at a time uses an input.
template <class T>
struct actor {
  using row_type = T;

  actor_input<T> input;
  std::int64_t buffer_rows = buffer_options{}.rows;
  std::int64_t buffer_bytes = buffer_options{}.bytes;

  result<std::unique_ptr<source>> open() const {
    const buffer_options options{buffer_rows, buffer_bytes};
    WEIR_TRY(check_buffer(kind(), options));
    return actors::make_actor_source(input.inlet(), options);
  }
  std::string kind() const { return "actor"; }
  schema output_schema() const { return row_schema<T>(); }
};

}  // namespace sources

}  // namespace weir
