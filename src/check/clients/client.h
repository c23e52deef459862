/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The clients that read credentials from files. */

enum client {
	CLIENT_DOCKER = 1 << 0,
	CLIENT_PODMAN = 1 << 1, /* and buildah and skopeo */
	CLIENT_WATCHTOWER = 1 << 2,
};
#define CLIENT_ALL (CLIENT_DOCKER | CLIENT_PODMAN | CLIENT_WATCHTOWER)
