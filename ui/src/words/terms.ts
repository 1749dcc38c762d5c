/** What AWS means by its words, in ours: about three sentences each, behind "What is this?". */
export const terms = {
  accessKey: {
    term: "Access key",
    text: "A pair that lets a program act as an IAM user: an ID anybody may see, and a secret nobody may see. AWS shows the secret once, when the key is made. Programs sign each request with it.",
  },
  profile: {
    term: "Profile",
    text: "A name for a key and its settings. The AWS CLI and every SDK know profiles: you name one, and they find the key. The one called default is used when you name none.",
  },
  region: {
    term: "Region",
    text: "The part of the world where AWS keeps things you make. Pick one near you; each bucket stays in the region where it was made. You can change the profile’s region at any time.",
  },
  user: {
    term: "IAM user",
    text: "A person or a program that has its own name in an AWS account. It may have up to two access keys, and policies say what they may do. Nothing is shared between users.",
  },
  bucket: {
    term: "Bucket",
    text: "A place for files in one region of AWS. Its name is unique among all accounts in the world. Nobody but your account can read it unless you allow it.",
  },
  role: {
    term: "Role",
    text: "A set of permissions that somebody puts on for a while, as a doctor puts on a coat. It has no key of its own: whoever may take it on gets a session that ends by itself.",
  },
  session: {
    term: "Session",
    text: "Credentials that work for some minutes or hours and then end by themselves. They are a key ID, a secret and a session token, which belong together.",
  },
  signIn: {
    term: "Sign-in",
    text: "A company’s way into AWS: you sign in once in the browser, as everywhere in the company, and get sessions for the accounts that you may use. No access key lies anywhere.",
  },
};
