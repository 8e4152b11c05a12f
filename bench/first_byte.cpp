// Runs a command and tells how many milliseconds pass from its start to the first byte on its stdout.
#include <chrono>
#include <cstdio>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: first_byte COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  int ends[2];
  if (pipe(ends) != 0)
    return 1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  const auto begin = std::chrono::steady_clock::now();
  pid_t child = 0;
  if (posix_spawnp(&child, argv[1], &actions, nullptr, argv + 1, environ) != 0) {
    std::fprintf(stderr, "first_byte: cannot run %s\n", argv[1]);
    return 1;
  }
  close(ends[1]);
  char byte[4096];
  const auto got = read(ends[0], byte, sizeof byte);
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
  while (got > 0 && read(ends[0], byte, sizeof byte) > 0) {
  }
  int outcome = 0;
  waitpid(child, &outcome, 0);
  if (got <= 0) {
    std::fputs("first_byte: the command wrote nothing\n", stderr);
    return 1;
  }
  std::printf("%.1f\n", time.count());
  return WIFEXITED(outcome) ? WEXITSTATUS(outcome) : 1;
}
