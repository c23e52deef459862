/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The profile's owner controls the command. Its output, on either stream, may be a secret and is
 * never shown.
 */
#include "fetch/providers/provider-process.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "aws/profile.h"
#include "base/subprocess.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "fetch/providers/process-reply.h"

#define TIMEOUT_SECONDS 60

/* Returns 0, or -EREMOTEIO with a reason. */
static int check_status(int status, const char *label, struct reason *ret_reason)
{
	if (WIFSIGNALED(status))
		return reason_set(ret_reason, EREMOTEIO, "process-failed",
		        "credential_process of %s was terminated by signal %d (%s); run it by hand",
		        label, WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) == 127)
		return reason_set(ret_reason, EREMOTEIO, "process-failed",
		        "credential_process of %s exited with code 127: sh did not find the "
		        "command; use its absolute path",
		        label);
	if (WEXITSTATUS(status) != 0)
		return reason_set(ret_reason, EREMOTEIO, "process-failed",
		        "credential_process of %s exited with code %d; run it by hand, as the same "
		        "user, to see its messages",
		        label, WEXITSTATUS(status));
	return 0;
}

static int fail_to_run(int error, const char *label, uint64_t limit, struct reason *ret_reason)
{
	if (error == -ETIMEDOUT)
		return reason_set(ret_reason, ETIMEDOUT, "process-timeout",
		        "credential_process of %s did not exit within %.0f s and was killed; it "
		        "must not prompt: it has no terminal",
		        label, (double)limit / USEC_PER_SEC);
	if (error == -EFBIG)
		return reason_set(ret_reason, EFBIG, "process-output",
		        "credential_process of %s printed more than 64 KiB and was killed; "
		        "expected the JSON of one set of credentials",
		        label);
	return reason_set(ret_reason, -error, "process-failed",
	        "credential_process of %s could not be started: %s", label, strerror(-error));
}

static int run(const struct identity *identity, const char *command, const char *label,
        struct secret *ret, struct reason *ret_reason)
{
	const char *const argv[] = {"/bin/sh", "-c", command, NULL};
	uint64_t now = monotonic_now(), end = now + TIMEOUT_SECONDS * USEC_PER_SEC;
	int r, status = 0;

	if (end > identity->deadline)
		end = identity->deadline;
	r = subprocess_run(&(struct subprocess){argv}, end, ret, &status);
	if (r < 0)
		return fail_to_run(r, label, end > now ? end - now : 0, ret_reason);
	return check_status(status, label, ret_reason);
}

/* As in the AWS CLI: AWS would reject them, and the command has no better ones. */
static int check_expiry(const struct credentials *c, const char *label, struct reason *ret_reason)
{
	char when[TIMESTAMP_MAX_SIZE];

	if (c->expires_at == 0 || c->expires_at > timestamp_now())
		return 0;
	return reason_set(ret_reason, EKEYEXPIRED, "expired",
	        "credential_process of %s printed keys that expired at %s; correct the command or "
	        "this machine's clock",
	        label, timestamp_format(c->expires_at, when));
}

int provider_process(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason)
{
	const char *command = profile ? profile_string(profile, "credential_process") : NULL;
	_cleanup_(credentials_done) struct credentials credentials = {};
	_secret_ struct secret output = {};
	char label[128];
	int r;

	if (!command) {
		reason_set(ret_reason, ENOENT, "not-set", "process: %s has no credential_process",
		        profile ? profile_label(profile, label, sizeof(label)) : "no profile");
		return 0;
	}
	profile_label(profile, label, sizeof(label));
	r = run(identity, command, label, &output, ret_reason);
	if (r == 0)
		r = process_read_credentials(secret_string(&output), output.size, label,
		        profile_string(profile, "aws_account_id"), &credentials, ret_reason);
	if (r == 0)
		r = check_expiry(&credentials, label, ret_reason);
	if (r < 0)
		return r;
	*ret = credentials;
	credentials = (struct credentials){};
	return 1;
}
