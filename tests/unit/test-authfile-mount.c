/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File systems that are full, read-only or cannot exchange names, and single files that are
 * mounted. Mounts are made as root, each in its own mount namespace; a filter of system calls, or
 * --wrap=fsync, takes away what a file system cannot do.
 */
#include <grp.h>

#include "acl.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define CONFIG in_dir("m/config.json")

int __real_fsync(int fd);
int __wrap_fsync(int fd);

static int sync_error; /* of directories */

int __wrap_fsync(int fd)
{
	struct stat st;

	if (sync_error == 0 || fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode))
		return __real_fsync(fd);
	errno = sync_error;
	return -1;
}

/* Reports whether mounts can be made here; they end with the process. */
static bool has_own_mounts(void)
{
	return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool can_mount(void)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(has_own_mounts() && mount("test", "/tmp", "tmpfs", 0, NULL) == 0 ? 0 : 1);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A case in a process with its own mounts. */
static void run_mounted(const char *name, void (*function)(void))
{
	if (!can_mount()) {
		tap_skip(name, "needs permission to mount");
		return;
	}
	fixture_begin(name);
	CHECK_INT(mkdir(in_dir("m"), 0700), 0);
	run_apart(function);
	fixture_end();
}

static void mount_tmpfs(const char *options)
{
	CHECK(has_own_mounts());
	CHECK_INT(mount("test", in_dir("m"), "tmpfs", 0, options), 0);
}

/* Writes until the file system is full. */
static void fill_up(const char *path)
{
	static const char zeros[4096];
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	CHECK(fd >= 0);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	CHECK_INT(errno, ENOSPC);
	close(fd);
}

static void check_as_it_was(const char *path, const char *text)
{
	_cleanup_(freep) char *now = get_text(path);

	CHECK(now && strcmp(now, text) == 0);
	CHECK_INT(count_temporaries(in_dir("m")), 0);
}

static void update_when_full(void)
{
	mount_tmpfs("size=64k");
	put_text(CONFIG, FOREIGN, 0600);
	fill_up(in_dir("m/filler"));
	check_failure(CONFIG, ENOSPC, "ENOSPC", "make room");
	check_as_it_was(CONFIG, FOREIGN);
	CHECK_INT(unlink(in_dir("m/filler")), 0);
	check_update(CONFIG, true);
}

static void update_without_inodes(void)
{
	mount_tmpfs("nr_inodes=2");
	put_text(CONFIG, FOREIGN, 0600);
	check_failure(CONFIG, ENOSPC, "ENOSPC", "make room");
	check_as_it_was(CONFIG, FOREIGN);
}

static void update_read_only(void)
{
	mount_tmpfs(NULL);
	put_text(CONFIG, FOREIGN, 0600);
	CHECK_INT(mount(NULL, in_dir("m"), NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	check_failure(CONFIG, EROFS, "EROFS", "for writing");
	check_failure(in_dir("m/config2.json"), EROFS, "EROFS", "for writing");
	check_failure(in_dir("m/a/b/config.json"), EROFS, "no-directory", "remount");
	check_as_it_was(CONFIG, FOREIGN);
}

static const struct acl_entry open_to_nobody[] = {{ACL_USER_OBJ, 6, 0}, {ACL_USER, 4, NOBODY},
        {ACL_GROUP_OBJ, 0, 0}, {ACL_MASK, 4, 0}, {ACL_OTHER, 0, 0}, {}};

/* As a container mounts it: -v ~/.docker/config.json:/root/.docker/config.json */
static void mount_single_file(const char *text, mode_t mode)
{
	put_text(CONFIG, "", 0600);
	put_text(in_dir("m/mounted"), text, mode);
	CHECK_INT(mount(in_dir("m/mounted"), CONFIG, NULL, MS_BIND, NULL), 0);
}

static void update_single_file(void)
{
	_cleanup_(authfile_result_done) struct authfile_result o = {};
	struct stat before = {}, after = {};

	mount_tmpfs(NULL);
	mount_single_file(FOREIGN, 0640);
	if (knows_acls(CONFIG))
		put_acl(CONFIG, ACL_OF_FILE, open_to_nobody);
	CHECK_INT(stat(CONFIG, &before), 0);
	check_update(CONFIG, true);
	CHECK_INT(stat(CONFIG, &after), 0);
	CHECK(after.st_ino == before.st_ino && after.st_mode == before.st_mode);
	if (knows_acls(CONFIG))
		check_acl(CONFIG, open_to_nobody);
	CHECK_AUTH(in_dir("m/mounted"), REGISTRY, AUTH);
	CHECK_AUTH(in_dir("m/mounted"), "example.com", "Zm9v");
	check_update(CONFIG, false);

	/* It gets shorter: none of the old text may be left at its end. */
	CHECK_INT(update_without(CONFIG, AUTH, &o, NULL), 0);
	CHECK(o.written && !authfile_has_changed(&o));
	check_as_it_was(CONFIG, FOREIGN);
	check_as_it_was(in_dir("m/mounted"), FOREIGN);
}

/* It keeps its group: whether the user is in it, which no source knows, does not matter. */
static void update_single_file_of_unknown_group(void)
{
	struct stat st = {};

	mount_tmpfs(NULL);
	mount_single_file(FOREIGN, 0640);
	CHECK_INT(chmod(fixture_dir, 0755), 0);
	CHECK_INT(chown(in_dir("m"), NOBODY, NOBODY), 0);
	CHECK_INT(chown(CONFIG, NOBODY, 60123), 0);
	CHECK(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
	check_update(CONFIG, true);
	CHECK_INT(stat(CONFIG, &st), 0);
	CHECK(st.st_gid == 60123 && (st.st_mode & 07777) == 0640);
}

/* A file that fills its block, so that the new text needs another, and none is free. */
static void update_single_file_when_full(void)
{
	_cleanup_(freep) char *text = xasprintf("{\"x\":\"%*s\"}", 4096 - 8, "");

	mount_tmpfs(NULL);
	CHECK_INT(mkdir(in_dir("m/full"), 0700), 0);
	CHECK_INT(mount("test", in_dir("m/full"), "tmpfs", 0, "size=64k"), 0);
	put_text(CONFIG, "", 0600);
	put_text(in_dir("m/full/mounted"), text, 0600);
	CHECK_INT(mount(in_dir("m/full/mounted"), CONFIG, NULL, MS_BIND, NULL), 0);
	fill_up(in_dir("m/full/filler"));
	check_failure(CONFIG, ENOSPC, "ENOSPC", "make room");
	check_as_it_was(CONFIG, text);
}

static void update_single_file_read_only(void)
{
	mount_tmpfs(NULL);
	mount_single_file(FOREIGN, 0644);
	CHECK_INT(mount(NULL, CONFIG, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	check_failure(CONFIG, EROFS, "EROFS", "for writing");
	check_as_it_was(CONFIG, FOREIGN);
}

/* From here on these system calls fail: renameat2() with any flag, and linkat() if wanted. */
static void take_away_calls(unsigned link_error)
{
	struct sock_filter filter[] = {
	        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_linkat, 0, 1),
	        BPF_STMT(BPF_RET | BPF_K,
	                link_error ? SECCOMP_RET_ERRNO | link_error : SECCOMP_RET_ALLOW),
	        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 3),
	        /* The flags, on either end of the eight bytes. */
	        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	                offsetof(struct seccomp_data, args[4]) +
	                        (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)),
	        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
	        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
	        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = ARRAY_SIZE(filter), .filter = filter};

	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK_INT(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	CHECK(renameat2(AT_FDCWD, CONFIG, AT_FDCWD, CONFIG, RENAME_EXCHANGE) < 0 &&
	        errno == EINVAL);
}

static void check_without_exchange(unsigned link_error)
{
	struct stat st = {};

	put_text(CONFIG, FOREIGN, 0640);
	put_text(in_dir("m/listed.json"), FOREIGN, 0600);
	if (knows_acls(CONFIG))
		put_acl(in_dir("m/listed.json"), ACL_OF_FILE, open_to_nobody);
	take_away_calls(link_error);
	check_update(CONFIG, true);
	CHECK_AUTH(CONFIG, "example.com", "Zm9v");
	CHECK_INT(stat(CONFIG, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0640);
	check_update(CONFIG, false);
	check_update(in_dir("m/listed.json"), true);
	if (knows_acls(CONFIG))
		check_acl(in_dir("m/listed.json"), open_to_nobody);
	check_update(in_dir("m/new.json"), true);
	CHECK_INT(stat(in_dir("m/new.json"), &st), 0);
	CHECK_INT(st.st_mode & 07777, 0600);
	CHECK_INT(st.st_nlink, 1);
	CHECK_INT(count_temporaries(in_dir("m")), 0);
}

static void update_without_exchange(void)
{
	check_without_exchange(0);
}

static void update_without_links(void)
{
	check_without_exchange(EPERM);
}

static void update_without_either(void)
{
	check_without_exchange(EOPNOTSUPP);
}

/* As on vboxsf. The error of a broken disk is another one. */
static void update_unsyncable(void)
{
	_cleanup_(authfile_result_done) struct authfile_result o = {};

	put_text(CONFIG, FOREIGN, 0600);
	sync_error = EINVAL;
	check_update(CONFIG, true);
	put_text(CONFIG, FOREIGN, 0600);
	sync_error = EIO;
	CHECK_INT(update_with(CONFIG, AUTH, false, &o, NULL), -EIO);
}

static void run_filtered(const char *name, void (*function)(void))
{
	if (prctl(PR_GET_SECCOMP) < 0) {
		tap_skip(name, "no seccomp");
		return;
	}
	fixture_begin(name);
	CHECK_INT(mkdir(in_dir("m"), 0700), 0);
	run_apart(function);
	fixture_end();
}

int main(void)
{
	run_mounted("on a full file system the file stays unchanged", update_when_full);
	run_mounted("without free inodes the file stays unchanged", update_without_inodes);
	run_mounted("on a read-only file system the file stays unchanged", update_read_only);
	run_mounted("a file that is a mount point is written in place", update_single_file);
	run_mounted("a mount point of an unknown group is written in place",
	        update_single_file_of_unknown_group);
	run_mounted("a mount point on a full file system stays unchanged",
	        update_single_file_when_full);
	run_mounted("a read-only mount point stays unchanged", update_single_file_read_only);
	run_filtered("without an exchange of names the file is renamed", update_without_exchange);
	run_filtered("without hard links, too", update_without_links);
	run_filtered("on a file system that knows neither, too", update_without_either);
	fixture_begin("a directory that cannot be synced is not a failure");
	CHECK_INT(mkdir(in_dir("m"), 0700), 0);
	update_unsyncable();
	fixture_end();
	return tap_finish();
}
