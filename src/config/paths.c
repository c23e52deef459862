/* SPDX-License-Identifier: Apache-2.0 */
#include "config/paths.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/reason.h"

#define CONFIG_FILE "ecr-refresher.ini"

char *paths_home(void)
{
	const char *home = environment_get("HOME");
	struct passwd entry, *pw = NULL;
	char text[4096]; /* identities are resolved in threads: no static buffer */

	if (home && *home == '/')
		return xstrdup(home);
	if (getpwuid_r(geteuid(), &entry, text, sizeof(text), &pw) != 0 || !pw)
		return NULL;
	return pw->pw_dir[0] == '/' ? xstrdup(pw->pw_dir) : NULL;
}

char *paths_expand(const char *path)
{
	_cleanup_(freep) char *home = NULL;

	if (strncmp(path, "~/", 2) != 0)
		return xstrdup(path);
	home = paths_home();
	return xconcat(home ? home : "", "/", path + 2, NULL);
}

/* A directory of the XDG Base Directory Specification: relative values are ignored. */
static char *xdg_dir(const char *variable, const char *home, const char *below_home)
{
	const char *dir = environment_get(variable);

	if (dir && *dir == '/')
		return xstrdup(dir);
	return xconcat(home, "/", below_home, NULL);
}

/* The copy that systemd made of the ini (LoadCredential=), so that both stages see the same text.
 */
static char *config_credential(void)
{
	const char *dir = environment_get("CREDENTIALS_DIRECTORY");
	_cleanup_(freep) char *path = dir ? xasprintf("%s/" CONFIG_FILE, dir) : NULL;

	/* Root without CAP_DAC_* cannot search the directory; assume that the file exists. */
	return path && (access(path, F_OK) == 0 || errno == EACCES) ? TAKE_PTR(path) : NULL;
}

static void find_system(struct paths *p)
{
	p->is_system = true;
	p->config_name = xstrdup(SYSCONFDIR "/" CONFIG_FILE);
	p->config = config_credential();
	if (!p->config)
		p->config = xstrdup(p->config_name);
	p->runtime_dir = xstrdup(SYSTEM_RUNTIME_DIR);
	p->record_dir = xstrdup(SYSTEM_RECORD_DIR);
	p->published_dir = xstrdup(SYSTEM_PUBLISHED_DIR);
}

/* cron and sudo do not set the variable, but the directory may exist. */
static char *find_runtime_dir(void)
{
	const char *named = environment_get("XDG_RUNTIME_DIR");
	_cleanup_(freep) char *usual = NULL;
	struct stat st;

	if (named && *named == '/')
		return xstrdup(named);
	usual = xasprintf("/run/user/%u", geteuid());
	if (lstat(usual, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return NULL;
	return TAKE_PTR(usual);
}

static void find_user(struct paths *p)
{
	_cleanup_(freep) char *home = paths_home(), *config_dir = NULL, *state_dir = NULL;
	_cleanup_(freep) char *runtime_dir = find_runtime_dir();

	if (runtime_dir)
		p->runtime_dir = xconcat(runtime_dir, "/ecr-refresher", NULL);
	if (!home)
		return;
	config_dir = xdg_dir("XDG_CONFIG_HOME", home, ".config");
	state_dir = xdg_dir("XDG_STATE_HOME", home, ".local/state");
	p->config_name = xconcat(config_dir, "/" CONFIG_FILE, NULL);
	p->config = xstrdup(p->config_name);
	p->record_dir = xconcat(state_dir, "/ecr-refresher", NULL);
	p->published_dir = xstrdup(p->record_dir);
}

static int check_user(struct paths *p, struct reason *ret_reason)
{
	struct passwd *pw = getpwuid(geteuid());

	if (!p->record_dir || !pw)
		return reason_set(ret_reason, ENOENT, "no-home",
		        "uid %u has no home directory; set HOME", geteuid());
	if (!p->runtime_dir)
		return reason_set(ret_reason, ENOENT, "no-runtime-dir",
		        "XDG_RUNTIME_DIR is not set; log in through PAM, or run "
		        "'loginctl enable-linger %s'",
		        pw->pw_name);
	p->user = xstrdup(pw->pw_name);
	return 0;
}

void paths_guess(const char *config_option, struct paths *ret)
{
	const char *runtime = environment_get("RUNTIME_DIRECTORY");
	struct paths p = {};

	if (geteuid() == 0 || (runtime && strcmp(runtime, SYSTEM_RUNTIME_DIR) == 0))
		find_system(&p);
	else
		find_user(&p);
	if (config_option) {
		free(p.config);
		free(p.config_name);
		p.config = xstrdup(config_option);
		p.config_name = xstrdup(config_option);
		p.is_named = true;
	}
	*ret = p;
}

int paths_find(const char *config_option, struct paths *ret, struct reason *ret_reason)
{
	_cleanup_(paths_done) struct paths p = {};
	int r;

	paths_guess(config_option, &p);
	r = p.is_system ? 0 : check_user(&p, ret_reason);
	if (r < 0)
		return r;
	*ret = p;
	p = (struct paths){};
	return 0;
}

void paths_done(struct paths *p)
{
	free(p->user);
	free(p->config);
	free(p->config_name);
	free(p->runtime_dir);
	free(p->record_dir);
	free(p->published_dir);
	*p = (struct paths){};
}
