#pragma once

#include <string>

#include <weir/state/checkpoint_view.hpp>

/// A checkpoint as JSON lines; "record" says what each is: metadata, plan, segment, epoch, torn_tail, snapshot, source.
std::string checkpoint_json(const weir::checkpoint_view& view);
