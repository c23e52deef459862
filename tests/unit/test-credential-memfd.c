/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/credential-memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json_tokener.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "tap.h"

static int make(const char *json, bool is_encrypted)
{
	struct json_object *bytes = json_tokener_parse(json);
	int fd = credential_memfd(bytes, is_encrypted);

	json_object_put(bytes);
	return fd;
}

/* Checks what a process reads that opens it by its path under /proc. */
static void check_text(const char *json, bool is_encrypted, const char *text, size_t size)
{
	_cleanup_(closep) int fd = make(json, is_encrypted);
	_secret_ struct secret found = {};
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), fd);
	CHECK(fd >= 0);
	CHECK_INT(file_read(AT_FDCWD, path, 1024, &found), 0);
	CHECK_INT(found.size, size);
	CHECK(memcmp(secret_string(&found), text, size) == 0);
	CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0);
	CHECK_INT(write(fd, "x", 1), -1);
	CHECK_INT(errno, EPERM);
}

int main(void)
{
	tap_begin("as it is");
	check_text("[104, 105, 10]", false, "hi\n", 3);
	check_text("[0, 255, 0]", false, "\0\xff\0", 3);
	check_text("[]", false, "", 0);
	tap_end();

	tap_begin("in base64, as LoadCredentialEncrypted= reads it");
	check_text("[104, 105]", true, "aGk=", 4);
	tap_end();

	tap_begin("no bytes");
	CHECK_INT(make("[104, 256]", false), -EBADMSG);
	CHECK_INT(make("[-1]", true), -EBADMSG);
	tap_end();
	return tap_finish();
}
