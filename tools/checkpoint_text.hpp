#pragma once

#include <string>

#include <weir/state/checkpoint_view.hpp>

/// A checkpoint for people.
std::string checkpoint_text(const std::string& directory, const weir::checkpoint_view& view);

/// What a sink staged, in a few words: "3 rows, 512 bytes".
std::string token_text(const std::string& bytes);
