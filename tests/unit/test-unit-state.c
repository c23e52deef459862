/* SPDX-License-Identifier: Apache-2.0 */
#include "check/unit-state.h"

#include "tap.h"

int main(void)
{
	/* In the order in which systemctl prints them. */
	static const char answer[] =
	        "NextElapseUSecRealtime=Sun 2026-11-22 03:30:00 UTC\nResult=success\n"
	        "Id=ecr-refresher.timer\nLoadState=loaded\nActiveState=active\n"
	        "UnitFileState=enabled\nNeedDaemonReload=no\n"
	        "\n"
	        "Result=exit-code\nExecMainStatus=78\nId=ecr-refresher.service\n"
	        "LoadState=loaded\nActiveState=failed\nNeedDaemonReload=yes\n";
	static const char in_order[] =
	        "Id=a.timer\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n\n"
	        "Id=b.service\nExecMainStatus=78\nResult=exit-code\nNeedDaemonReload=yes\n";
	struct unit_state units[4] = {};

	tap_begin("two units");
	CHECK_INT(unit_states_parse(in_order, units, 4), 2);
	CHECK_STRING(units[0].id, "a.timer");
	CHECK_STRING(units[0].load, "not-found");
	CHECK_STRING(units[0].enabled, "");
	CHECK(!units[0].needs_reload);
	CHECK_STRING(units[1].id, "b.service");
	CHECK_INT(units[1].status, 78);
	CHECK_STRING(units[1].result, "exit-code");
	CHECK(units[1].needs_reload);
	tap_end();

	tap_begin("properties of the type before the name");
	CHECK_INT(unit_states_parse(answer, units, 4), 2);
	CHECK_STRING(units[0].result, "success");
	CHECK_STRING(units[0].next, "Sun 2026-11-22 03:30:00 UTC");
	CHECK_STRING(units[1].id, "ecr-refresher.service");
	CHECK_INT(units[1].status, 78);
	tap_end();

	tap_begin("more units than there is room for");
	CHECK_INT(unit_states_parse(in_order, units, 1), 1);
	CHECK_STRING(units[0].id, "a.timer");
	CHECK_INT(unit_states_parse("", units, 4), 0);
	tap_end();
	return tap_finish();
}
