// A file system for Emscripten that is a folder of the host: what the board writes is there at once, and stays.
import * as fs from "node:fs";
import { join } from "node:path";

// Emscripten counts errors as WASI does.
const ERRNO = {
  EACCES: 2, EBADF: 8, EBUSY: 10, EEXIST: 20, EINVAL: 28, EIO: 29, EISDIR: 31, EMFILE: 33, ENAMETOOLONG: 37, ENOENT: 44,
  ENOSPC: 51, ENOTDIR: 54, ENOTEMPTY: 55, EPERM: 63, EROFS: 69, EXDEV: 75,
};
const BLOCK_BYTES = 4096;

export function flash(FS, folder, sizeBytes) {
  function told(work) {
    try {
      return work();
    } catch (error) {
      throw new FS.ErrnoError(ERRNO[error.code] ?? ERRNO.EIO);
    }
  }

  function at(node) {
    const names = [];
    for (; node.parent !== node; node = node.parent) names.unshift(node.name);
    return join(folder, ...names);
  }

  function made(parent, name, mode) {
    const node = FS.createNode(parent, name, mode, 0);
    node.node_ops = nodes;
    node.stream_ops = streams;
    return node;
  }

  function taken(path) {
    const stat = fs.statSync(path);
    if (!stat.isDirectory()) return Math.ceil(stat.size / BLOCK_BYTES);
    return fs.readdirSync(path).reduce((sum, name) => sum + taken(join(path, name)), 1);
  }

  const nodes = {
    getattr(node) {
      const stat = told(() => fs.statSync(at(node)));
      return { ...stat, ino: node.id, mode: stat.mode, size: stat.size, atime: stat.atime, mtime: stat.mtime, ctime: stat.ctime };
    },
    setattr(node, attr) {
      if (attr.size !== undefined) told(() => fs.truncateSync(at(node), attr.size));
    },
    lookup(parent, name) {
      const stat = told(() => fs.statSync(join(at(parent), name)));
      return made(parent, name, stat.mode);
    },
    mknod(parent, name, mode) {
      const node = made(parent, name, mode);
      told(() => (FS.isDir(mode) ? fs.mkdirSync(at(node)) : fs.closeSync(fs.openSync(at(node), "w"))));
      return node;
    },
    rename(node, parent, name) {
      told(() => fs.renameSync(at(node), join(at(parent), name)));
      node.name = name;
      node.parent = parent;
    },
    unlink: (parent, name) => told(() => fs.unlinkSync(join(at(parent), name))),
    rmdir: (parent, name) => told(() => fs.rmdirSync(join(at(parent), name))),
    readdir: (node) => told(() => [".", "..", ...fs.readdirSync(at(node))]),
    statfs() {
      const blocks = Math.floor(sizeBytes / BLOCK_BYTES);
      const free = Math.max(0, blocks - told(() => taken(folder)));
      return { bsize: BLOCK_BYTES, frsize: BLOCK_BYTES, blocks, bfree: free, bavail: free, files: 0, ffree: 0, fsid: 1, flags: 0, namelen: 255 };
    },
  };

  const streams = {
    open(stream) {
      if (FS.isFile(stream.node.mode)) stream.own = told(() => fs.openSync(at(stream.node), (stream.flags & 3) === 0 ? "r" : "r+"));
    },
    close(stream) {
      if (stream.own !== undefined) told(() => fs.closeSync(stream.own));
    },
    read: (stream, buffer, offset, length, position) =>
      length ? told(() => fs.readSync(stream.own, new Uint8Array(buffer.buffer, offset, length), 0, length, position)) : 0,
    write: (stream, buffer, offset, length, position) =>
      length ? told(() => fs.writeSync(stream.own, new Uint8Array(buffer.buffer, offset, length), 0, length, position)) : 0,
    llseek(stream, offset, whence) {
      let position = offset;
      if (whence === 1) position += stream.position;
      if (whence === 2) position += told(() => fs.fstatSync(stream.own).size);
      if (position < 0) throw new FS.ErrnoError(ERRNO.EINVAL);
      return position;
    },
  };

  return { mount: () => made(null, "/", fs.statSync(folder).mode) };
}
