/* SPDX-License-Identifier: Apache-2.0 */
#include "status/findings.h"

#include "tap.h"

static void check_text(const struct findings *f, bool colour, const char *expected)
{
	_secret_ struct secret text = {};

	findings_format(f, colour, &text);
	CHECK_STRING(secret_string(&text), expected);
}

int main(void)
{
	_cleanup_(findings_done) struct findings f = {};
	struct finding *finding;

	tap_begin("no findings are good");
	CHECK(findings_are_good(&f));
	check_text(&f, false, "");
	tap_end();

	tap_begin("good findings");
	finding = findings_add(&f, FINDING_GOOD, "identity %s", "prod");
	finding_add_line(finding, "ends %d", 1);
	finding_add_line(finding, "100%% printable");
	CHECK(findings_are_good(&f));
	check_text(&f, false, "ok    identity prod\n      ends 1\n      100% printable\n");
	tap_end();

	tap_begin("a bad finding keeps its place");
	findings_add(&f, FINDING_BAD, "the default identity");
	findings_add(&f, FINDING_GOOD, "last");
	CHECK(!findings_are_good(&f));
	check_text(&f, false,
	        "ok    identity prod\n      ends 1\n      100% printable\n"
	        "FAIL  the default identity\nok    last\n");
	tap_end();

	tap_begin("a note is good");
	{
		_cleanup_(findings_done) struct findings noted = {};

		finding_add_line(findings_add(&noted, FINDING_NOTE, "worth knowing"), "why");
		CHECK(findings_are_good(&noted));
		check_text(&noted, false, "note  worth knowing\n      why\n");
	}
	tap_end();

	tap_begin("the code is on the last line");
	{
		_cleanup_(findings_done) struct findings coded = {};

		finding = findings_add_bad(&coded, "timer-stopped", "the %s", "timer");
		finding_add_line(finding, "why");
		finding_add_command(finding, "systemctl start %s", "x");
		CHECK(!findings_are_good(&coded));
		check_text(&coded, false,
		        "FAIL  the timer\n      why\n      type: systemctl start x\n"
		        "      see README#timer-stopped\n");
	}
	tap_end();

	tap_begin("every reason has a code");
	CHECK_STRING(finding_code_of("AccessDeniedException"), "access-denied");
	CHECK_STRING(finding_code_of("AccessDenied"), "access-denied");
	CHECK_STRING(finding_code_of("dns"), "no-route");
	CHECK_STRING(finding_code_of("dnsx"), "aws-error");
	CHECK_STRING(finding_code_of(""), "aws-error");
	tap_end();

	tap_begin("the missing action is named");
	{
		_cleanup_(findings_done) struct findings denied = {};
		const struct reason named = {"AccessDeniedException",
		        "AWS: User: arn:aws:iam::1:user/x is not authorized to perform: "
		        "ecr:GetAuthorizationToken on resource: *; allow it"};
		const struct reason nameless = {"AccessDenied", "AWS: no"};

		finding_add_reason(findings_add_bad(&denied, "access-denied", "x"), &named);
		finding_add_reason(findings_add_bad(&denied, "access-denied", "y"), &nameless);
		CHECK_INT(denied.items[0].n_lines, 2);
		CHECK_STRING(denied.items[0].lines[1],
		        "the IAM policy lacks: ecr:GetAuthorizationToken");
		CHECK_INT(denied.items[1].n_lines, 1);
	}
	tap_end();

	tap_begin("colours keep the width");
	check_text(&f, true,
	        "\033[32mok\033[0m    identity prod\n      ends 1\n      100% printable\n"
	        "\033[1;31mFAIL\033[0m  the default identity\n\033[32mok\033[0m    last\n");
	tap_end();
	return tap_finish();
}
