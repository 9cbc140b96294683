using Kindred.Boosting;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>
/// A pipeline of several sources and a learned ranker beside each model alone, under a global time cut: what the sources find, what each of them
/// is worth, and whether the whole is better than its best part by more than noise.
/// </summary>
internal static class PipelineBenchmark
{
    private const int Candidates = 300, K = 10;

    private static readonly EvaluationOptions Options = new() { Metrics = [new Ndcg(K), new Recall(K)] };

    public static int Run(string[] args)
    {
        if (args is not [var path])
        {
            Console.Error.WriteLine("usage: pipeline <data folder>");
            return 2;
        }
        using var dataset = DatasetFolder.Open(path);
        var data = dataset.Interactions.With(null, dataset.ItemCatalog);
        var split = new GlobalTimeCut().Split(data);
        var (tuning, final) = (Parts.Of(split.Tuning), Parts.Of(split.Final));
        Console.WriteLine($"{dataset.Manifest.Name}: {split.Final.Protocol}");
        Console.WriteLine($"{split.Tuning.TestUsers} users to learn an order from, {split.Final.TestUsers} to measure with ({split.Final.ColdTestUsers} of them unknown)");
        Found(final, split.Final);

        Report[] singles = [.. final.Singles.Select(single => Evaluator.Evaluate(single.Name, single.Recommender, split.Final, Options))];
        var fused = Evaluator.Evaluate("all sources, fused", PipelineOf(final.Sources), split.Final, Options);
        var ranked = Ranked("all sources, ranked", tuning, final, split, _ => true);
        List<Report> reports = [.. singles, fused, ranked];
        foreach (var left in final.Sources)
            reports.Add(Ranked($"ranked without {left.Name}", tuning, final, split, source => source.Name != left.Name));

        Console.WriteLine($"| recommender | NDCG@{K} [95 %] | Recall@{K} |");
        Console.WriteLine("| --- | --- | ---: |");
        foreach (var report in reports)
        {
            var (ndcg, recall) = (report.Of($"NDCG@{K}"), report.Of($"Recall@{K}"));
            Console.WriteLine($"| {report.Name} | {ndcg.Mean:F4} [{ndcg.Low:F4}, {ndcg.High:F4}] | {recall.Mean:F4} |");
        }
        var best = singles.MaxBy(report => report.Of($"NDCG@{K}").Mean)!;
        foreach (var other in new[] { fused, ranked }) Console.WriteLine(Significance.Compare(other, best, $"NDCG@{K}", Environment.ProcessorCount, default).Verdict);
        return 0;
    }

    // which of the held-out events are among the candidates: of each source, and of none but this one
    private static void Found(Parts parts, Holdout holdout)
    {
        int[] found = new int[parts.Sources.Length], alone = new int[parts.Sources.Length];
        int all = 0, any = 0;
        for (int user = 0; user < holdout.Test.Users.Count; user++)
        {
            var query = Query.Of(holdout.Known, user);
            var proposals = Array.ConvertAll(parts.Sources, source =>
            {
                var items = new int[source.Count + query.History.Length];
                return items.Take(source.Retriever.Retrieve(query, items, new float[items.Length])).ToHashSet();
            });
            foreach (int item in holdout.Test.Histories.ItemsOf(user).Span)
            {
                int[] sources = [.. Enumerable.Range(0, proposals.Length).Where(n => proposals[n].Contains(item))];
                foreach (int source in sources) found[source]++;
                if (sources is [var only]) alone[only]++;
                any += sources.Length > 0 ? 1 : 0;
                all++;
            }
        }
        Console.WriteLine($"candidates hold {any / (double)all:P1} of {all} held-out events");
        for (int n = 0; n < found.Length; n++)
            Console.WriteLine($"  {parts.Sources[n].Name} ({parts.Sources[n].Count}): {found[n] / (double)all:P1}, {alone[n] / (double)all:P1} by it alone");
    }

    private static Report Ranked(string name, Parts tuning, Parts final, Split split, Func<Source, bool> uses)
    {
        Source[] before = [.. tuning.Sources.Where(uses)], after = [.. final.Sources.Where(uses)];
        var proposing = PipelineOf(before);
        var names = FeatureSet.NamesFor(tuning.Data, proposing.Sources);
        var examples = RankingExamples.From(proposing, new(names, tuning.Data, proposing.Sources), split.Tuning, Candidates);
        var forest = new LambdaRank { Trees = 60, Leaves = 15, LearningRate = 0.05, MinLeafRows = 50, FeatureFraction = 0.7 }.Train(
            new(examples.Rows, examples.Labels, examples.Groups) { FeatureNames = examples.Features }, null, new());
        var ranker = new ForestRanker(forest, new(names, final.Data, [.. after.Select(source => source.Name)]));
        return Evaluator.Evaluate(name, PipelineOf(after, ranker), split.Final, Options);
    }

    private static Pipeline PipelineOf(IReadOnlyList<Source> sources, params IEnumerable<IStage> rankers) => new(sources, [new ExcludeSeen(), .. rankers]);

    /// <summary>Models and sources, trained on what a holdout lets them see.</summary>
    private sealed record Parts(Interactions Data, Source[] Sources, (string Name, IRecommender Recommender)[] Singles)
    {
        public static Parts Of(Holdout holdout)
        {
            var data = holdout.Train;
            var als = new ImplicitAls { Dimensions = 64 }.Train(data, new());
            var knn = (Models.Neighbours.ItemKnnModel)new ItemKnn().Train(data, new());
            var popularity = new Popularity { HalfLifeDays = 30 }.Train(data, new());
            List<Source> sources =
            [
                new("als", new ModelRetriever(als), Candidates),
                new("neighbours", new NeighbourRetriever(knn.Table), Candidates),
                new("popular", RecentPopularity.Of(data, TimeSpan.FromDays(30)), Candidates / 3),
                new("new", new NewestItems(data), Candidates / 3),
            ];
            foreach (var (name, labels) in data.ItemAttributes.Labels) sources.Add(new($"same {name}", new SameLabel(data, labels), Candidates / 3));
            return new(data, [.. sources], [("implicit-als", als.AsRecommender()), ("item-knn", knn.AsRecommender()), ("popularity, 30 days", popularity.AsRecommender())]);
        }
    }
}
