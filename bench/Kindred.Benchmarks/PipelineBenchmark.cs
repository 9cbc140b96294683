using Kindred.Boosting;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>
/// A pipeline of several sources and a learned ranker beside each model alone, under a global time cut: what the sources find, how well
/// they are ordered, what each of them is worth, and whether the whole is better than its best part by more than noise.
/// </summary>
internal sealed class PipelineBenchmark
{
    private const int K = 10, Deep = 1000;

    private static readonly string Metric = $"NDCG@{K}";

    private static readonly MomentOptions Visits = new() { MostCandidates = PipelineParts.Candidates };

    private readonly Interactions _data;
    private readonly Split _split;
    private readonly PipelineParts _tuning, _final;

    private PipelineBenchmark(Interactions data)
    {
        (_data, _split) = (data, new GlobalTimeSplit().Split(data));
        (_tuning, _final) = (PipelineParts.Of(_split.Tuning), PipelineParts.Of(_split.Final));
    }

    public static int Run(string[] args)
    {
        if (args is not [var path])
        {
            Console.Error.WriteLine("usage: pipeline <data folder>");
            return 2;
        }
        using var dataset = DataFolder.Open(path);
        var benchmark = new PipelineBenchmark(dataset.Interactions.With(dataset.UserCatalog, dataset.ItemCatalog));
        var split = benchmark._split;
        Console.WriteLine($"{dataset.Manifest.Name}: {split.Final.Protocol}");
        Console.WriteLine($"{split.Tuning.TestUsers} users to learn an order from, {split.Final.TestUsers} to measure " +
            $"with ({split.Final.ColdTestUsers} of them unknown)");
        benchmark.Retrieve();
        benchmark.Rank();
        benchmark.RankVisits();
        return 0;
    }

    // Of what users took, the share among 1,000 candidates: of each source alone, of all together, of all but one.
    private void Retrieve()
    {
        double RecallOf(params IEnumerable<Source> sources) => Evaluator.Evaluate(
            "candidates", new Pipeline([.. sources.Select(source => source with { Count = Deep })], [new ExcludeSeen()]), _split.Final,
            new() { Metrics = [new Recall(Deep)] }).Of($"Recall@{Deep}").Mean;
        double all = RecallOf(_final.Sources);
        Console.WriteLine($"\n| source | Recall@{Deep} alone | all without it | adds |");
        Console.WriteLine("| --- | ---: | ---: | ---: |");
        foreach (var source in _final.Sources)
        {
            double without = RecallOf(_final.Sources.Where(other => other != source));
            Console.WriteLine($"| {source.Name} | {RecallOf(source):P1} | {without:P1} | {100 * (all - without):F1} |");
        }
        Console.WriteLine($"| all, fused by rank | {all:P1} | | |");
    }

    private void Rank()
    {
        EvaluationReport[] singles = [.. _final.Singles.Select(single => Measured(single.Name, single.Recommender))];
        var fused = Measured("all sources, fused", PipelineParts.PipelineOf(_final.Sources));
        var ranked = Ranked("all sources, ranked", _ => true, atMoments: false);
        List<EvaluationReport> reports =
        [
            .. singles, fused, ranked,
            Ranked("all sources, ranked as of the moment", _ => true, atMoments: true),
            Measured("all sources, ranked by fm", PipelineParts.PipelineOf(_final.Sources, new ModelRanker(_final.Machine))),
            Measured("all sources, ideal order", PipelineParts.PipelineOf(_final.Sources, new Ideal(_split.Final))),
        ];
        foreach (var left in _final.Sources)
            reports.Add(Ranked($"ranked without {left.Name}", source => source.Name != left.Name, atMoments: false));

        Console.WriteLine($"\n| recommender | {Metric} [95 %] | Recall@{K} | Recall@{PipelineParts.Candidates} |");
        Console.WriteLine("| --- | --- | ---: | ---: |");
        foreach (var report in reports)
        {
            var ndcg = report.Of(Metric);
            Console.WriteLine(
                $"| {report.Name} | {ndcg.Mean:F4} [{ndcg.Low:F4}, {ndcg.High:F4}] | {report.Of($"Recall@{K}").Mean:F4} | {report.Of(
                    $"Recall@{PipelineParts.Candidates}").Mean:P1} |");
        }
        var best = singles.MaxBy(report => report.Of(Metric).Mean)!;
        foreach (var other in reports.Where(report =>
            report.Name.StartsWith("all", StringComparison.Ordinal) && !report.Name.EndsWith("ideal order", StringComparison.Ordinal)))
            Console.WriteLine(Significance.Compare(other, best, Metric, Environment.ProcessorCount, default).Verdict);
        Console.WriteLine(Significance.Compare(ranked, fused, Metric, Environment.ProcessorCount, default).Verdict);
        foreach (var without in reports.Where(report => report.Name.StartsWith("ranked without", StringComparison.Ordinal)))
        {
            var adds = Significance.Compare(ranked, without, Metric, Environment.ProcessorCount, default);
            Console.WriteLine($"{without.Name}: {-100 * adds.Difference:F2} [{-100 * adds.High:F2}, {-100 * adds.Low:F2}] points");
        }
    }

    private EvaluationReport Measured(string name, Pipeline recommender) => Evaluator.Evaluate(
        name, recommender, _split.Final, new() { Metrics = [new Ndcg(K), new Recall(K), new Recall(PipelineParts.Candidates)] });

    /// <param name="atMoments">Learned from visits, and asked at the moment of a user's first one; otherwise at the end of what the sources
    /// know.</param>
    private EvaluationReport Ranked(string name, Func<Source, bool> uses, bool atMoments)
    {
        Source[] before = [.. _tuning.Sources.Where(uses)], after = [.. _final.Sources.Where(uses)];
        var proposing = PipelineParts.PipelineOf(before);
        var examples = atMoments
            ? RankingExamples.AtMoments(proposing, Features(_split.Final.Train, proposing, _tuning), _split.Tuning, Visits)
            : RankingExamples.From(proposing, Features(_split.Train, proposing, _tuning), _split.Tuning, PipelineParts.Candidates);
        var forest = Trained(examples);
        var ranker = new ForestRanker(forest, Features(atMoments ? _data : _split.Final.Train, proposing, _final));
        Pipeline pipeline = PipelineParts.PipelineOf(after, ranker);
        var report = Measured(name, atMoments ? Pipeline.Of("at first visit", new AtFirstVisit(pipeline, _split.Final)) : pipeline);
        Console.Error.WriteLine($"{name}: {forest.Trees} trees, {examples.Groups.Length} questions");
        return report;
    }

    // Each visit of the test part is a question of its own; sources are as old as before, features are as of the visit. NDCG given the
    // candidates: the
    // ideal order of them has 1. Mean over visits, then over users.
    private void RankVisits()
    {
        var proposing = PipelineParts.PipelineOf(_tuning.Sources);
        var forest = Trained(RankingExamples.AtMoments(proposing, Features(_split.Final.Train, proposing, _tuning), _split.Tuning, Visits));
        var asking = PipelineParts.PipelineOf(_final.Sources);
        var visits = RankingExamples.AtMoments(asking, Features(_data, asking, _final), _split.Final, Visits);
        var ranked = new double[visits.Labels.Length];
        forest.Score(visits.Rows, ranked);
        int recent = visits.Features.ToList().IndexOf("item.events:30");
        double[][] values =
        [
            ByUser(visits, [.. visits.Groups.SelectMany(size => Enumerable.Range(0, size).Select(place => (double)-place))]),
            ByUser(visits, [.. Enumerable.Range(0, ranked.Length).Select(row => (double)visits.Rows.Row(row)[recent])]),
            ByUser(visits, ranked),
        ];
        var means =
            Bootstrap.SortedMeans([.. values, [.. values[2].Zip(values[0], (a, b) => a - b)],
                [.. values[2].Zip(values[1], (a, b) => a - b)]],
            resamples: 2000, seed: 0, Environment.ProcessorCount, default);
        string[] names = ["order of fusion", "events of the last 30 days, as of the visit", "ranked as of the visit",
            "ranked, above fusion", "ranked, above events"];
        Console.WriteLine($"\n{visits.Groups.Length} visits of {values[0].Length} users with something taken among the candidates");
        Console.WriteLine($"| order | {Metric} given candidates [95 %] |");
        Console.WriteLine("| --- | --- |");
        for (int n = 0; n < names.Length; n++)
        {
            var (low, high) = Bootstrap.Interval(means[n]);
            double mean = n < values.Length ? values[n].Average() : values[2].Average() - values[n - values.Length].Average();
            Console.WriteLine($"| {names[n]} | {mean:F4} [{low:F4}, {high:F4}] |");
        }
    }

    private static double[] ByUser(RankingExamples visits, double[] scores)
    {
        var sums = new SortedDictionary<int, (double Sum, int Visits)>();
        int row = 0;
        for (int visit = 0; visit < visits.Groups.Length; row += visits.Groups[visit++])
        {
            int size = visits.Groups[visit];
            var one = new RankingData(new(size, 1), visits.Labels.AsMemory(row, size), new[] { size });
            var (sum, count) = sums.GetValueOrDefault(visits.Users[visit]);
            sums[visits.Users[visit]] = (sum + one.Ndcg(scores.AsSpan(row, size), K), count + 1);
        }
        return [.. sums.Values.Select(user => user.Sum / user.Visits)];
    }

    private FeatureSet Features(Interactions data, Pipeline proposing, PipelineParts parts) => new(
        [.. FeatureSet.NamesFor(_data, proposing.Sources, parts.Embeddings), "context.hour", "context.weekday"], data, proposing.Sources,
        parts.Embeddings);

    private static Forest Trained(RankingExamples examples) =>
        new BoostedTrees { K = K }.TrainChoosingTrees(examples, new());

    /// <summary>
    /// Asks at the moment of each user's first held-out event, so that features can be as of then; the sources stay what they are.
    /// </summary>
    private sealed class AtFirstVisit(Pipeline inner, Holdout holdout) : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            var list = inner.Recommend(
                query with { Context = new() { Time = holdout.Test.Histories.TimesOf(query.User).Span[0] } }, items.Length);
            for (int n = 0; n < list.Count; n++) (items[n], scores[n]) = (list[n].Item, list[n].Score);
            return list.Count;
        }
    }

    /// <summary>What the user took first: no ranker can do better with these candidates.</summary>
    private sealed class Ideal(Holdout holdout) : IStage
    {
        public void Apply(in Query query, Pipelines.Candidates candidates)
        {
            var taken = holdout.Test.ByUser.Row(query.User);
            for (int place = 0; place < candidates.Count; place++)
                candidates.Scores[place] = taken.Columns.BinarySearch(candidates.Items[place]) >= 0 ? 1 : 0;
            candidates.Sort();
        }
    }
}
