/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The start of the programs that use the network. Their caller, the user ecr-refresher or an
 * ordinary user but never root, controls the arguments.
 */

#include <stdbool.h>

/*
 * For --end-with-input: has SIGTERM sent to us as soon as no process has the other end of the pipe
 * that is our standard input.
 */
void network_main_end_with_input(void);

/*
 * Refuses arguments after the options, which getopt_long() has read, and refuses root; sets up the
 * process and the log. Returns -1 to continue, or an exit status.
 */
int network_main_init(const char *name, int argc, char *const *argv, bool verbose);

/*
 * Executes LIBEXECDIR/network/NAME, with the same arguments, descriptors and process id. Returns an
 * exit status if that fails.
 */
int network_main_exec(const char *name, char *const *argv);
