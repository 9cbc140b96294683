using Kindred.Comparison;
using Kindred.Configuration;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Splitting;
using Kindred.Tests.Configuration;

namespace Kindred.Tests.Comparison;

public sealed class PipelineStudyTests
{
    private static readonly Holdout Holdout = new LeaveLastOut().Split(GenredData.Interactions).Final;

    private static PipelineStudyReport Study(string json) =>
        new PipelineStudy(Holdout, new PipelineTrainer(), new() { Seed = 1 }).Run(PipelineConfig.Parse(json));

    /// <summary>
    /// The source proposes one item: popularity fills all lists up, as when served. The rules put that item where the order of the sources
    /// has it as well.
    /// </summary>
    [Fact]
    public void Whatever_orders_the_candidates_is_measured_with_what_fills_the_lists_up()
    {
        var report = Study("""
            { "sources": [{ "kind": "pinned" }],
              "rerank": [{ "kind": "rules", "rules": [{ "name": "r", "when": "item.title = 'Casablanca'", "then": "pin at 1" }] }] }
            """);
        var whole = report.Whole.Of("NDCG@10");
        Assert.InRange(report.Found, 0, report.Whole.Of("Recall@10").Mean - .1); // most comes from what fills up
        Assert.Equal(whole, report.Ordered.Of("NDCG@10"));
        Assert.Equal(whole, report.Ideal.Of("NDCG@10")); // of one candidate there is no better order
    }

    /// <summary>The stages of pinned items are a source as well, also where the list is measured without them.</summary>
    [Fact]
    public void A_pipeline_with_pins_can_be_measured_without_its_last_stages()
    {
        var report = Study("""
            { "sources": [{ "kind": "newest", "count": 20 }, { "kind": "pinned" }],
              "ranker": { "kind": "model", "model": "item-knn" },
              "rerank": [{ "kind": "rules", "rules": [{ "name": "r", "when": "item.title = 'Casablanca'", "then": "pin at 1" }] }] }
            """);
        Assert.InRange(report.Ranked.Of("NDCG@10").Mean, .001, 1);
    }

    /// <summary>A source that has a tenth of a millisecond is late, more or less often, wherever it is served.</summary>
    [Fact]
    public void Limits_of_time_do_not_change_what_is_measured()
    {
        const string Source = """ "kind": "model", "model": "ease", "count": 50 """;
        var free = Study($$"""{ "sources": [{ {{Source}} }, { "kind": "newest" }] }""");
        var limited = Study($$"""
            { "sources": [{ {{Source}}, "limitMilliseconds": 0.1 }, { "kind": "newest" }],
              "budget": { "milliseconds": 0.1, "shed": ["newest"] } }
            """);
        Assert.Equal(free.Whole.Of("NDCG@10"), limited.Whole.Of("NDCG@10"));
        Assert.Equal(free.Sources, limited.Sources);
        Assert.Equal(free.Singles[0].Of("NDCG@10"), limited.Singles[0].Of("NDCG@10"));
    }

    [Fact]
    public void Without_the_clock_another_program_is_given_the_longest_time_and_all_others_are_waited_for()
    {
        var config = PipelineConfig.Parse("""
            { "sources": [{ "kind": "http", "url": "http://localhost:1/x", "limitMilliseconds": 5 },
                          { "kind": "newest", "limitMilliseconds": 5 }],
              "budget": { "milliseconds": 9, "shed": ["newest"] } }
            """).WithoutClock();
        Assert.Equal([60_000, null], config.Sources.Select(source => source.LimitMilliseconds));
        Assert.Null(config.Budget);
    }
}
