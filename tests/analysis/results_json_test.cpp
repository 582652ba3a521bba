// Goal: schema 1, byte for byte. Method: a small result set, the whole text pinned.
#include "analysis/results_json.hpp"

#include <doctest/doctest.h>

#include "analysis/sha256.hpp"

using namespace pcpsim;

namespace {
ResultSet small() {
    ResultSet results;
    results.manifest = {"1.2.3", R"({"seed":1})", R"({"batch":63})", {1, 2}, "0123456789abcdef"};
    results.strategies = {{"old", "workqueue"}};
    results.series = {{{"pft/elapsed-1", "s"}, {{61.25, 61.5}}}};
    return results;
}
}  // namespace

TEST_SUITE("analysis/results_json") {
    TEST_CASE("a result is a manifest and its metrics") {
        CHECK(results_json(small()) == R"({
  "schema": 1,
  "manifest": {
    "program": "pcpsim",
    "version": "1.2.3",
    "scenario": {
      "seed": 1
    },
    "scenario_sha256": "fbe47f6d82b435a89f6e6fca65ad16138195de06c5fc3ffb66826a76e64e479f",
    "seeds": [
      1,
      2
    ],
    "parameters": {
      "batch": 63
    },
    "fingerprint": "0123456789abcdef"
  },
  "metrics": [
    {
      "metric": "pft/elapsed-1",
      "unit": "s",
      "direction": "lower",
      "values": {
        "old": {
          "mean": 61.375,
          "samples": [
            61.25,
            61.5
          ]
        }
      }
    }
  ]
}
)");
    }
    TEST_CASE("a reference adds its errors, the first strategy's on top") {
        ReferenceErrors errors;
        errors.source = "somebody";
        errors.machine = "two-nodes";
        errors.columns = {{"old",
                           "vanilla",
                           false,
                           {{"elapsed-4", 3, 2.5, false}},
                           {{"elapsed", 1, 20, {}, {}, {}, {}}}}};
        const std::string text = results_json(small(), &errors);
        CHECK(text.substr(text.find("  \"reference\"")) == R"(  "reference": {
    "source": "somebody",
    "machine": "two-nodes",
    "mean_absolute_error": {
      "elapsed": 20.0
    },
    "strategies": {
      "old": {
        "column": "vanilla",
        "fitted": false,
        "mean_absolute_error": {
          "elapsed": 20.0
        },
        "cells": {
          "elapsed-4": {
            "published": 2.5,
            "error": 20.0,
            "anchor": false
          }
        }
      }
    }
  }
}
)");
    }
    TEST_CASE("findings tell every metric, and null where a mean is missing") {
        Baseline before{"b.json", "", {}, "", {}, {}};
        const std::vector<Finding> findings{
            {Finding::Change::worse, "drain/latency", "us", "old", 4, 5.5, -37.5, "exact"},
            {Finding::Change::missing, "drain/pages", "", "old", {}, 64, 0, "not there"}};
        CHECK(findings_json(findings, before, small()) == R"({
  "schema": 1,
  "baseline": "b.json",
  "same_scenario": false,
  "fails": true,
  "findings": [
    {
      "metric": "drain/latency",
      "unit": "us",
      "strategy": "old",
      "change": "worse",
      "baseline": 4.0,
      "now": 5.5,
      "gain_percent": -37.5,
      "rule": "exact"
    },
    {
      "metric": "drain/pages",
      "unit": "",
      "strategy": "old",
      "change": "missing",
      "baseline": null,
      "now": 64.0,
      "gain_percent": 0.0,
      "rule": "not there"
    }
  ]
}
)");
    }
}
