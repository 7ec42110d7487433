#pragma once

#include <functional>

namespace thicket::bench {

// Runs `work` in a child process step by step, and prints a line for each instruction of this
// program that it came by: its address in the file, in hexadecimal, and how often. Some hundred
// thousand instructions a second; of any instruction set, unlike what simulates a CPU. The last
// line is for all other code (the C library's).
void PrintSteps(const std::function<void()>& work);

}  // namespace thicket::bench
