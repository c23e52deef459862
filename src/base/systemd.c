/* SPDX-License-Identifier: Apache-2.0 */
#include "base/systemd.h"

#define SD_JOURNAL_SUPPRESS_LOCATION /* always the same line */

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#include "base/systemd-bus.h"

#define LIBRARY "libsystemd.so.0"
#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define STATUS_MAX 2048

#define FUNCTIONS(X)                                                                               \
	X(sd_journal_sendv)                                                                        \
	X(sd_notify)                                                                               \
	SYSTEMD_BUS_FUNCTIONS(X)

static __typeof__(sd_journal_sendv) *sym_sd_journal_sendv;
static __typeof__(sd_notify) *sym_sd_notify;
#define X(name) __typeof__(name) *sym_##name;
SYSTEMD_BUS_FUNCTIONS(X)
#undef X

static const struct {
	void *pointer; /* to the function pointer */
	const char *name;
} functions[] = {
#define X(name) {&sym_##name, #name},
        FUNCTIONS(X)
#undef X
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct reason failure; /* of the only attempt */

/*
 * Packaging tools read here what the program may load (systemd's ELF_DLOPEN_METADATA
 * specification).
 */
#define METADATA                                                                                   \
	"[{\"feature\":\"systemd\","                                                               \
	"\"description\":\"the journal, the state of the service and the path units\","            \
	"\"priority\":\"recommended\",\"soname\":[\"" LIBRARY "\"]}]"

__attribute__((used, section(".note.dlopen"), aligned(4))) static const struct {
	uint32_t name_size, size, type;
	char name[4];
	char text[(sizeof(METADATA) + 3) / 4 * 4];
} note = {sizeof("FDO"), sizeof(METADATA), 0x407c0c0a, "FDO", METADATA};

static void load(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; library && i < ARRAY_SIZE(functions); i++) {
		void *function = dlsym(library, functions[i].name);

		if (!function)
			library = NULL;
		*(void **)functions[i].pointer = function;
	}
	if (!library)
		reason_set(&failure, ENOPKG, "no-libsystemd", "%s; is libsystemd installed?",
		        dlerror());
}

int systemd_load(struct reason *ret_reason)
{
	pthread_once(&once, load);
	if (failure.code[0])
		return reason_set(ret_reason, ENOPKG, failure.code, "%s", failure.text);
	return 0;
}

bool systemd_is_running(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

void systemd_notify(const char *format, ...)
{
	char text[STATUS_MAX];
	va_list ap;

	if (!getenv("NOTIFY_SOCKET") || systemd_load(NULL) < 0)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	sym_sd_notify(0, text);
}

bool systemd_has_journal(void)
{
	return access(JOURNAL_SOCKET, F_OK) == 0;
}

int systemd_journal_send(const struct iovec *fields, int n)
{
	int r = systemd_load(NULL);

	return r < 0 ? r : sym_sd_journal_sendv(fields, n);
}
