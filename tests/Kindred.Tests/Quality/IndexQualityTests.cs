using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Retrieval.Sources;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Retrieval.Indexes.Hnsw;
using Kindred.Retrieval.Recall;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Quality;

/// <summary>
/// Indices of a model of real data: what they find, whether its interval can be believed, and what it does to the recommendations.
/// </summary>
public sealed class IndexQualityTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static readonly Lazy<(Holdout Holdout, IEmbeddingModel Model)> Learned = new(() =>
    {
        var holdout = Gowalla.Load().Final;
        return (holdout, (IEmbeddingModel)new ImplicitAls { Dimensions = 32, Epochs = 2,
            Solver = AlsSolver.ConjugateGradient }.Train(holdout.Train, new()));
    });

    [Fact]
    public void A_calibrated_graph_recommends_as_well_as_exact_search()
    {
        var (holdout, model) = Learned.Value;
        var sample = QuerySample.Of(model, holdout.Train, 500, seed: 1);
        var advised = new IndexTuner { Kind = "hnsw", TargetRecall = .95, K = 20 }.Build(
            model, sample, new() { Cancellation = Cancellation });
        Assert.True(advised.IsReached, advised.Reason);

        // others than those the effort was chosen on
        var exact = new FlatIndex.Builder().Build(model.ItemEmbeddings, new());
        var others = new RecallCheck(exact, QuerySample.Of(model, holdout.Train, 2000, seed: 2), 20, Cancellation)
            .Of(advised.Index, advised.Report.Effort, Cancellation);
        Assert.InRange(others.Recall.Mean, .94, 1);

        double Recall(Pipeline recommender) => Evaluator.Evaluate(
            "als", recommender, holdout, new() { Metrics = [new Recall(20)], Resamples = 20, Cancellation = Cancellation })
                .Of("Recall@20").Mean;
        Assert.Equal(
            Recall(model.AsPipeline()), Recall(new IndexRetriever(model, advised.Index, advised.Report.Effort).AsPipeline()), .004);
    }

    /// <summary>
    /// The interval of a sample holds the recall of all users 95 times in 100; of 60 samples, fewer than 52 would have a chance of 1 in
    /// 600.
    /// </summary>
    [Fact]
    public void The_interval_holds_the_recall_of_all_users_as_often_as_it_says()
    {
        const int K = 10, Samples = 60, Users = 150;
        var (holdout, model) = Learned.Value;
        var all = QuerySample.Of(model, holdout.Train, 12_000, seed: 3);
        var index = new HnswIndex.Builder { Links = 8 }.Build(model.ItemEmbeddings, new() { Cancellation = Cancellation });
        var (found, wanted) = (Lists(index, all, 10), Lists(new FlatIndex.Builder().Build(model.ItemEmbeddings, new()), all, 0));
        RecallEstimate Of(IEnumerable<int> queries)
        {
            var sum = new RecallSum(K);
            foreach (int n in queries)
                sum.Add(RecallCheck.Found(found.ItemsOf(n), found.ScoresOf(n), wanted.ItemsOf(n), wanted.ScoresOf(n)),
                    wanted.ItemsOf(n).Length);
            return sum.Estimate()!;
        }
        double truth = Of(Enumerable.Range(0, all.Count)).Mean;
        Assert.InRange(truth, .3, .99); // something is missed
        int held = Enumerable.Range(0, Samples).Count(sample =>
            Of(Enumerable.Range(sample * Users, Users)) is var estimate && estimate.Low <= truth && truth <= estimate.High);
        Assert.InRange(held, 52, Samples);
    }

    private static RankedLists Lists(IIndex index, QuerySample sample, int effort)
    {
        var (lists, items, scores) = (new RankedLists(), new int[10], new float[10]);
        lists.Reset(sample.Count, 10);
        for (int n = 0; n < sample.Count; n++)
        {
            int count = index.Search(sample.QueryOf(n, effort), items, scores);
            lists.Add(n, items.AsSpan(0, count), scores.AsSpan(0, count));
        }
        return lists;
    }
}
