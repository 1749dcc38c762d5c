/** Words of the page that shows every part. Developers read it, never users; what it shows is made up. */
export const partsWords = {
  title: "Every part, in every state",
  sub: "For developers: type 11 caption, 12 small, 13 body, 15 lead, 20 title, 30 display.",
};
