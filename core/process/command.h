#pragma once

#include <string>
#include <utility>
#include <vector>

namespace assay::process {

/// What a child reads on standard input; by default what its parent would read.
struct Input {
  enum class From { parent, nothing, text, pipe };
  From from = From::parent;
  std::string words = {};

  static Input nothing() { return {From::nothing}; }
  /// This text, whole. Nobody needs to write while the child runs.
  static Input text(std::string words) { return {From::text, std::move(words)}; }
  /// What is written into Child::input().
  static Input pipe() { return {From::pipe}; }
};

/// Where standard output, or standard error, of a child goes; by default where its parent's goes.
struct Output {
  enum class To { parent, nothing, file, pipe, standard_output };
  To to = To::parent;
  std::string path = {};

  static Output nothing() { return {To::nothing}; }
  /// Into this file, which is made or emptied.
  static Output file(std::string path) { return {To::file, std::move(path)}; }
  /// To Child::output(). For standard output alone.
  static Output pipe() { return {To::pipe}; }
  /// To where the child's standard output goes. For standard error alone.
  static Output standard_output() { return {To::standard_output}; }
};

/// A program to start without a shell, and what it is given. It has the parent's environment and
/// working folder, and no descriptor of the parent but the three standard streams.
///
/// Set the members one by one: braces that leave some out are, to g++ 12 -O3, strings that may be
/// uninitialised.
struct Command {
  /// The program and its arguments. A program without '/' is looked for in PATH.
  std::vector<std::string> words;
  Input input = {};
  Output output = {};
  Output error = {};
  /// Gives it a process group of its own: Ctrl-C does not reach it, and what it starts is signalled
  /// with it, and killed when it has ended (unless that joined another group).
  bool own_group = false;
  /// Has it killed when the thread that started it ends, even where that is killed: start it from a
  /// thread that outlives it.
  bool dies_with_parent = false;
};

}  // namespace assay::process
