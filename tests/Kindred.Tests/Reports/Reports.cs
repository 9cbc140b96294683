using System.Text.Json.Nodes;
using Kindred.Comparison;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics;
using Kindred.Models;

namespace Kindred.Tests.Reports;

/// <summary>Reports of any shape, from a seed: numbers without a meaning, names as asked for.</summary>
internal static class Reports
{
    public static readonly string[] Metrics = ["NDCG@5", "NDCG@10", "Recall@5", "Recall@10", "MRR@10"];

    /// <param name="names">Of the models, best first; the last is the baseline.</param>
    /// <param name="value">Every mean, from a random number; null: that number.</param>
    /// <param name="text">Everything that is a text and no name of a model.</param>
    public static ExperimentReport Of(string[] names, Func<double, double>? value = null, string text = "text", int seed = 1)
    {
        var random = new Random(seed);
        double Next() => value is null ? random.NextDouble() : value(random.NextDouble());
        EvaluationReport[] reports = [.. names.Select(name => ReportOf(name, Next, text))];
        var standings = reports.Select((r, n) => new Standing(r, n == names.Length - 1 ? null : ComparisonOf(r.Name, names[^1], Next)));
        return new()
        {
            Dataset = $"data {text}",
            Fingerprint = $"fingerprint {text}",
            Command = $"kindred evaluate {text}",
            Created = new(2020, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Profile = ProfileOf(text),
            Protocol = $"protocol {text}",
            Fallback = $"fallback {text}",
            Leaderboard = new("NDCG@10", names[^1], [.. standings], names[0], $"advice {text}"),
            Backtest = new("NDCG@10", names[^1], [$"first cut {text}", $"second cut {text}"],
                [.. names.Select(name => new BacktestRow(name, [Next(), Next()], Next(), Next(), 1, 0))]),
            Models = [.. names.Select((name, n) => new ModelManifest(
                $"trainer {text}", new JsonObject { [$"option {text}"] = $"value {text}" }, 7, n, $"data {text}", null, 6, 9, 1801)
            {
                Name = name,
                LearningCurve = n % 2 == 0 ? [.. Enumerable.Range(1, 20).Select(step => new LearningPoint(step, Next()))] : [],
            })],
        };
    }

    private static EvaluationReport ReportOf(string name, Func<double> next, string text)
    {
        Segment SegmentOf(string grouping, string group) => new(grouping, group, 5, [.. Metrics.Select(m => EstimateOf(m, next))]);
        return new()
        {
            Name = name,
            Protocol = $"protocol {text}",
            Warnings = [$"warning {text}"],
            Counts = new()
            {
                Users = 5,
                WarmUsers = 3,
                ColdUsers = 2,
                UsersWithoutList = 1,
                Items = 9,
                TrainEvents = 1234,
                TestEvents = 567,
                ColdItemTestEvents = 8,
                RepeatsLeftOut = 4,
            },
            Definitions = [.. Metrics.Select(m => new MetricDefinition(m, $"definition of {m} {text}")),
            new($"Coverage@10", $"coverage {text}", MetricDirection.Neither)],
            Segments = [SegmentOf("", "all"), SegmentOf("history", $"warm {text}"), new("history", $"cold {text}", 0, []),
            SegmentOf("test time", $"first {text}"), SegmentOf("test time", $"second {text}"),
            new($"items {text}", $"head {text}", 3, [EstimateOf("NDCG@5", next)])],
            Catalog = [new("Coverage@10", next())],
            Distributions = [.. Metrics.Select(m => new Distribution(m, 0, 1, [3, 0, 1, 1]))],
            Popularity = [new(5, [.7, .3], [.8, .2]), new(10, [.7, .3], [next(), next()])],
            Resamples = 1000,
            Seed = 11,
        };
    }

    private static Estimate EstimateOf(string metric, Func<double> next) => new(metric, next(), next(), next(), 5);

    private static PairedComparison ComparisonOf(string name, string baseline, Func<double> next) =>
        new(name, baseline, "NDCG@10", 5, next(), next(), next())
    {
        Better = MetricDirection.Higher,
        RelativeDifference = next(),
        EffectSize = next(),
        DetectableDifference = next(),
        PValue = next(),
        AdjustedPValue = next(),
    };

    private static DataProfile ProfileOf(string text) => new()
    {
        Users = 6,
        Items = 9,
        Events = 1801,
        Pairs = 1800,
        First = DateTimeOffset.UnixEpoch,
        Last = DateTimeOffset.UnixEpoch.AddDays(3),
        EventsPerUser = new(1, 2, 3, 4),
        EventsPerItem = new(5, 6, 7, 8),
        UsersWithFewEvents = 2,
        Head = [new(.01, .2), new(.1, .5)],
        Gini = .37,
        Ratings = new(.5f, 5, 10),
        Suitability = [new($"use {text}", Adequacy.Limited, $"reason {text}")],
    };
}
