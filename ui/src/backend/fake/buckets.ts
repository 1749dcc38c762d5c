import type { ObjectRow } from "../wire";
import type { Handlers } from "./index";
import { wait } from "./run";
import { failure, type World } from "./world";

type Mine =
  | "bucket_list" | "bucket_check_name" | "bucket_create" | "bucket_delete" | "object_list" | "object_delete" | "object_presign";

const PAGE = 20;

function objectsOf(world: World, bucket: string): ObjectRow[] {
  const objects = world.objects[bucket];
  if (objects) return objects;
  throw failure("s3.no_such_bucket", `There is no bucket ${bucket}.`, "", "Look at the list of buckets.");
}

function nameProblem(world: World, name: string) {
  if (name.length < 3 || name.length > 63) return failure("bucket.name_length", `${name.length} characters; a bucket’s name has 3 to 63.`, "", "");
  if (!/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(name)) return failure("bucket.name_form", "Only lower-case letters, digits, dots and dashes, with a letter or digit at both ends.", "", "");
  if (world.objects[name]) return failure("bucket.taken", "This name is taken.", "Names are shared by all accounts of AWS.", "Choose another.");
  return null;
}

export const bucketHandlers: Pick<Handlers, Mine> = {
  bucket_list: async (world, { profile }) => {
    await wait(world, 0.4);
    return profile.startsWith("old") ? { buckets: [], denied: true } : { buckets: world.buckets, denied: false };
  },
  bucket_check_name: (world, { name }) => ({ problem: nameProblem(world, name) }),
  bucket_create: async (world, { bucket, region }) => {
    await wait(world, 0.8);
    const problem = nameProblem(world, bucket);
    if (problem) throw problem;
    world.buckets.push({ name: bucket, region, created: new Date().toISOString() });
    world.objects[bucket] = [];
    return { name: bucket, region, publicAccessBlocked: true, aclsOff: true, encryption: "AES256" };
  },
  bucket_delete: (world, { bucket }) => {
    if (objectsOf(world, bucket).length > 0) throw failure("s3.bucket_not_empty", `${bucket} is not empty.`, "AWS deletes only empty buckets.", "Delete its objects first.");
    world.buckets = world.buckets.filter((one) => one.name !== bucket);
    delete world.objects[bucket];
    return null;
  },
  object_list: async (world, { bucket, prefix, continuation }) => {
    await wait(world, 0.2);
    const below = objectsOf(world, bucket).filter((one) => one.key.startsWith(prefix));
    const folders = new Set<string>();
    const objects: ObjectRow[] = [];
    for (const one of below.sort((a, b) => (a.key < b.key ? -1 : 1))) {
      const slash = one.key.indexOf("/", prefix.length);
      if (slash >= 0) folders.add(one.key.slice(0, slash + 1));
      else objects.push(one);
    }
    const from = Number(continuation ?? 0);
    const next = from + PAGE;
    return {
      prefix,
      folders: from === 0 ? [...folders] : [],
      objects: objects.slice(from, next),
      continuation: next < objects.length ? String(next) : null,
      region: world.buckets.find((one) => one.name === bucket)?.region ?? null,
    };
  },
  object_delete: async (world, { bucket, keys, folders }) => {
    await wait(world, 0.3);
    const gone = (one: ObjectRow) => keys.includes(one.key) || folders.some((folder) => one.key.startsWith(folder));
    const before = objectsOf(world, bucket);
    world.objects[bucket] = before.filter((one) => !gone(one));
    return { deleted: before.filter(gone).length, failed: [] };
  },
  object_presign: (_, { expiresSeconds }) => ({ expires: new Date(Date.now() + expiresSeconds * 1000).toISOString() }),
};
