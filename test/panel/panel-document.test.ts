import { doesNotMatch, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { panelDocument } from "../../client/src/trace/panel-document.js";

const resources = {
  cspSource: "https://files.example",
  nonce: "abc123",
  title: "Locks & more",
  script: "https://files.example/panel.js?a=1&b=2",
  style: "https://files.example/panel.css",
};

test("the panel's page allows its script and its style sheet and nothing else", () => {
  const page = panelDocument(resources);
  match(
    page,
    /content="default-src 'none'; script-src 'nonce-abc123'; style-src https:\/\/files\.example"/,
    "The policy is another.",
  );
  match(page, /<title>Locks &amp; more<\/title>/);
  doesNotMatch(page, /unsafe-|<style|style=|\son\w+=/);
  match(page, /<script defer nonce="abc123" src="https:\/\/files\.example\/panel\.js\?a=1&amp;b=2">/);
});

test("addresses cannot break out of the attributes they are in", () => {
  const page = panelDocument({ ...resources, style: '"><script>alert(1)</script>' });
  ok(!page.includes("<script>alert"), page);
});
