/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When libsystemd is loaded, and what works without it. A process loads it once, so each case runs
 * in its own process.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/systemd-bus.h"
#include "base/systemd.h"
#include "tap.h"
#include "write/watch.h"

static unsigned loads;
static bool is_missing;

void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);

void *__wrap_dlopen(const char *name, int flags)
{
	loads += strncmp(name, "libsystemd", 10) == 0;
	return __real_dlopen(is_missing ? "libsystemd.so.not-here" : name, flags);
}

/* Runs function in a process. Returns its exit status and what it wrote to stderr. */
static int in_process(int (*function)(void), char *ret_errors, size_t size)
{
	int fds[2], status = -1;
	size_t used = 0;
	ssize_t n;
	pid_t pid;

	fflush(NULL);
	CHECK_INT(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		_exit(function());
	}
	close(fds[1]);
	while ((n = read(fds[0], ret_errors + used, size - 1 - used)) > 0)
		used += (size_t)n;
	ret_errors[used] = '\0';
	close(fds[0]);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Marks stderr as the journal's, as systemd does for its services. */
static void pretend_journal(void)
{
	char stream[64];
	struct stat st;

	if (fstat(STDERR_FILENO, &st) < 0)
		_exit(99);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
	        (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_setup("test", false);
}

static int tell_nobody(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("JOURNAL_STREAM");
	log_setup("test", false);
	systemd_notify("STATUS=%s", "never loaded");
	log_event(EVENT_NOTHING_CONFIGURED, NULL, "seen");
	return (int)loads;
}

static void test_nobody_listens(void)
{
	char errors[256];

	tap_begin("without the service manager and the journal nothing is loaded");
	CHECK_INT(in_process(tell_nobody, errors, sizeof(errors)), 0);
	CHECK_STRING(errors, "seen\n");
	tap_end();
}

static int tell_manager(void)
{
	systemd_notify("STATUS=%d of %d", 1, 2);
	systemd_notify("STATUS=%d of %d", 2, 2);
	return (int)loads;
}

static int listen_at(char *directory, struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(mkdtemp(directory));
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path, sizeof(address->sun_path), "%s/notify", directory);
	CHECK_INT(bind(fd, (struct sockaddr *)address, sizeof(*address)), 0);
	setenv("NOTIFY_SOCKET", address->sun_path, 1);
	return fd;
}

static void test_notify(void)
{
	char directory[] = "/tmp/test-systemd.XXXXXX", text[64] = "", errors[256];
	struct sockaddr_un address;
	int fd;

	tap_begin("the service manager is notified; the library is loaded once");
	fd = listen_at(directory, &address);
	CHECK_INT(in_process(tell_manager, errors, sizeof(errors)), 1);
	CHECK_STRING(errors, "");
	CHECK_INT(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT), strlen("STATUS=1 of 2"));
	CHECK_STRING(text, "STATUS=1 of 2");
	CHECK_INT(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT), strlen("STATUS=2 of 2"));
	CHECK_STRING(text, "STATUS=2 of 2");
	close(fd);
	unsetenv("NOTIFY_SOCKET");
	unlink(address.sun_path);
	rmdir(directory);
	tap_end();
}

static int tell_without_library(void)
{
	is_missing = true;
	setenv("NOTIFY_SOCKET", "/nowhere", 1);
	pretend_journal();
	systemd_notify("STATUS=%s", "not sent");
	log_event(EVENT_WATCH_FAILED, NULL, "not lost");
	log_event(EVENT_FILE_FAILED, NULL, "nor this\n<0>");
	return (int)loads;
}

static void test_missing_library(void)
{
	char errors[256];

	tap_begin(
	        "without the library the journal gets text with a priority, and no status is sent");
	CHECK_INT(in_process(tell_without_library, errors, sizeof(errors)), 1);
	CHECK_STRING(errors, "<4>not lost\n<3>nor this?<0>\n");
	tap_end();
}

static int load_without_library(void)
{
	struct reason reason = {};

	is_missing = true;
	for (int i = 0; i < 2; i++) {
		reason = (struct reason){};
		if (systemd_load(&reason) != -ENOPKG || strcmp(reason.code, "no-libsystemd") != 0 ||
		        !strstr(reason.text, "libsystemd.so.not-here"))
			return 1;
	}
	return 0;
}

static void test_reason(void)
{
	char errors[256];

	tap_begin("a missing library is a reason, at every call");
	CHECK_INT(in_process(load_without_library, errors, sizeof(errors)), 0);
	tap_end();
}

static int load_library(void)
{
	return systemd_load(NULL) == 0 && sym_sd_bus_open_system && sym_sd_bus_message_unref &&
	                       sym_sd_bus_error_free
	               ? 0
	               : 1;
}

static void test_bus_functions(void)
{
	char errors[256];

	tap_begin("the functions of the bus are available once it is loaded");
	CHECK_INT(in_process(load_library, errors, sizeof(errors)), 0);
	tap_end();
}

static int watch_without_systemd(void)
{
	char path[] = "/home/alice/.docker/config.json", *paths[] = {path};

	return watch_update(true, paths, 1, NULL) == 0 ? (int)loads : 99;
}

static int journal_without_journal(void)
{
	log_setup("test", false);
	return log_event_to_journal(EVENT_FILE_FAILED, NULL, "unseen") == -ENOENT ? (int)loads : 99;
}

static void test_without_systemd(void)
{
	static const char name[] = "without systemd nothing is loaded";
	char errors[256];

	if (systemd_is_running() || systemd_has_journal()) {
		tap_skip(name, "systemd is running");
		return;
	}
	tap_begin("%s", name);
	CHECK_INT(in_process(watch_without_systemd, errors, sizeof(errors)), 0);
	CHECK_INT(in_process(journal_without_journal, errors, sizeof(errors)), 0);
	CHECK_STRING(errors, "");
	tap_end();
}

int main(void)
{
	test_nobody_listens();
	test_notify();
	test_missing_library();
	test_reason();
	test_bus_functions();
	test_without_systemd();
	return tap_finish();
}
