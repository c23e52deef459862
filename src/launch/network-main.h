/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How the programs with the network begin. Whoever may run them controls the arguments: the user
 * ecr-refresher, or an ordinary one, but never root.
 */

#include <stdbool.h>

#define EXIT_USAGE 2

/*
 * For --end-with-input: SIGTERM ends us as soon as nobody holds the other end of the pipe that is
 * our standard input.
 */
void network_main_end_with_input(void);

/*
 * Once getopt_long() is through with the options: refuses arguments behind them, and root; sets up
 * the process and the log. Returns -1 where the program is to go on, or its exit status.
 */
int network_main_init(const char *name, int argc, char *const *argv, bool verbose);

/*
 * Becomes LIBEXECDIR/network/NAME, with the same arguments, descriptors and process id. Returns
 * only where that cannot be run, with the exit status.
 */
int network_main_exec(const char *name, char *const *argv);
