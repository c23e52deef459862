/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The functions of sd-bus(3) in use, each as a pointer "sym_" and its name, which is valid after
 * systemd_load() (systemd.h) has succeeded.
 */

#include <systemd/sd-bus.h>

#define SYSTEMD_BUS_FUNCTIONS(X)                                                                   \
	X(sd_bus_call)                                                                             \
	X(sd_bus_call_method)                                                                      \
	X(sd_bus_error_free)                                                                       \
	X(sd_bus_flush_close_unref)                                                                \
	X(sd_bus_message_append_strv)                                                              \
	X(sd_bus_message_enter_container)                                                          \
	X(sd_bus_message_new_method_call)                                                          \
	X(sd_bus_message_read)                                                                     \
	X(sd_bus_message_unref)                                                                    \
	X(sd_bus_open_system)                                                                      \
	X(sd_bus_open_user)                                                                        \
	X(sd_bus_set_method_call_timeout)

#define X(name) extern __typeof__(name) *sym_##name;
SYSTEMD_BUS_FUNCTIONS(X)
#undef X

static inline void bus_closep(sd_bus **bus)
{
	if (*bus)
		sym_sd_bus_flush_close_unref(*bus);
}

static inline void bus_message_unrefp(sd_bus_message **message)
{
	if (*message)
		sym_sd_bus_message_unref(*message);
}

static inline void bus_error_done(sd_bus_error *error)
{
	sym_sd_bus_error_free(error);
}
