/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The exit statuses of all programs, besides EXIT_SUCCESS and EXIT_FAILURE. */

#define EXIT_USAGE 2
#define EXIT_CONFIG 78 /* a wrong ini: EX_CONFIG of sysexits.h, which systemd knows by name */
