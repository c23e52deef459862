/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The way down to a directory that is not all root's: who owns a directory decides what lies below
 * it, so root goes on as its owner there, and no link leads it to where that user may not write.
 */

/*
 * Opens a directory by its absolute path (O_PATH). Root becomes, for good, the first owner on the
 * way who is not root; the caller is a child that does nothing else. Returns the descriptor or a
 * negative errno; the caller must exit then.
 */
int open_as_owner(const char *dir);
