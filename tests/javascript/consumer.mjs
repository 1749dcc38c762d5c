// What any program with the AWS SDK for JavaScript does: says who the profile of AWS_PROFILE is, lists the buckets and
// prints an object. Usage: node consumer.mjs BUCKET KEY
import { GetObjectCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const [bucket, key] = process.argv.slice(2);
const s3 = new S3Client({});
const who = await new STSClient({}).send(new GetCallerIdentityCommand({}));
const { Buckets } = await s3.send(new ListBucketsCommand({}));
const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
console.log(who.Arn);
console.log(Buckets.map(({ Name }) => Name).join("\n"));
console.log(await Body.transformToString());
