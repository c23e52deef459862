/* SPDX-License-Identifier: Apache-2.0 */
#include "check/clients/bind-mounts.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "tap.h"

static const char host[] = "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
                           "40 22 254:2 / /home rw - ext4 /dev/vda2 rw\n"
                           "41 22 0:33 /vol /srv/data\\040dir rw - btrfs /dev/vdb rw,subvol=/vol\n"
                           "42 22 254:9 /bound /home/bob rw - ext4 /dev/vdc rw\n";

static void check_find(const char *path, const char *device, const char *in_it)
{
	_cleanup_(mounted_file_done) struct mounted_file f = {};

	CHECK_INT(mounted_file_find(host, path, &f), 0);
	CHECK_STRING(f.device, device);
	CHECK_STRING(f.path, in_it);
}

static const char *point_of(const char *mountinfo, const char *path)
{
	_cleanup_(mounted_file_done) struct mounted_file f = {};
	_cleanup_(freep) char *point = NULL;
	static char found[256];

	mounted_file_find(host, path, &f);
	point = mounted_file_point(mountinfo, &f);
	snprintf(found, sizeof(found), "%s", point ? point : "none");
	return found;
}

int main(void)
{
	_cleanup_(mounted_file_done) struct mounted_file none = {};
	static const char container[] =
	        "500 400 0:50 / / rw - overlay overlay rw\n"
	        "501 500 254:2 /alice/.docker/config.json /config.json ro - ext4 /dev/vda2 rw\n";
	static const char stale[] =
	        "501 500 254:2 /alice/.docker/config.json//deleted /config.json ro - ext4 d rw\n";
	static const char swapped[] =
	        "501 500 254:2 /alice/.docker/.config.json.ecr-refresher.0f//deleted /c.json ro - "
	        "e d rw\n";
	static const char directory[] =
	        "501 500 254:2 /alice/.docker /config ro - ext4 /dev/vda2 rw\n";
	static const char other_device[] =
	        "501 500 254:1 /alice/.docker/config.json /config.json ro - ext4 /dev/vda1 rw\n";

	tap_begin("the file system of a path");
	check_find("/etc/x", "254:1", "/etc/x");
	check_find("/home/alice/.docker/config.json", "254:2", "/alice/.docker/config.json");
	check_find("/home/bob/c", "254:9", "/bound/c");
	check_find("/homes/c", "254:1", "/homes/c");
	check_find("/srv/data dir/c", "0:33", "/vol/c");
	tap_end();

	tap_begin("a malformed text");
	CHECK(mounted_file_find("", "/x", &none) < 0);
	CHECK(mounted_file_find("nonsense\n", "/x", &none) < 0);
	CHECK(none.path == NULL);
	tap_end();

	tap_begin("a single file in a container");
	CHECK_STRING(point_of(container, "/home/alice/.docker/config.json"), "/config.json");
	tap_end();

	tap_begin("a file that has been replaced since");
	CHECK_STRING(point_of(stale, "/home/alice/.docker/config.json"), "/config.json");
	tap_end();

	tap_begin("a file that we have exchanged");
	CHECK_STRING(point_of(swapped, "/home/alice/.docker/config.json"), "/c.json");
	CHECK_STRING(point_of(swapped, "/home/alice/.docker/onfig.json"), "none");
	tap_end();

	tap_begin("its directory, or another file");
	CHECK_STRING(point_of(directory, "/home/alice/.docker/config.json"), "none");
	CHECK_STRING(point_of(other_device, "/home/alice/.docker/config.json"), "none");
	CHECK_STRING(point_of(container, "/home/alice/.docker/config.jso"), "none");
	tap_end();
	return tap_finish();
}
