using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Reranking.Limits;
using Kindred.Retrieval;
using Kindred.Retrieval.Sources;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>Models and sources, trained on what a holdout lets them see.</summary>
/// <param name="Embeddings">By name, for features.</param>
internal sealed record PipelineParts(
    Source[] Sources, (string Name, Pipeline Recommender)[] Singles, IReadOnlyDictionary<string, Matrix> Embeddings, IModel Machine)
{
    /// <summary>What is ranked: so many the sources give together.</summary>
    public const int Candidates = 300;

    public static PipelineParts Of(Holdout holdout)
    {
        var data = holdout.Train;
        var als = (IEmbeddingModel)new ImplicitAls { Dimensions = 64 }.Train(data, new());
        var knn = (ItemKnnModel)new ItemKnn().Train(data, new());
        var popularity = new Popularity { HalfLifeDays = 30 }.Train(data, new());
        var machine = new FactorizationMachine { Loss = FactorizationLoss.Bpr,
            Features = "user + item + user.* + item.* + last-item" }.Train(data, new());
        List<Source> sources =
        [
            new("als", new ModelRetriever(als), Candidates),
            new("neighbours", new NeighbourRetriever(knn.Table), Candidates),
            new("popular", RecentPopularityRetriever.Of(data, TimeSpan.FromDays(30)), Candidates),
            new("new", new NewestItemsRetriever(data), Candidates),
        ];
        foreach (var (name, labels) in data.ItemAttributes.Labels) sources.Add(new($"same {name}", new SameLabelRetriever(data, labels),
            Candidates));
        return new(
            [.. sources],
            [("implicit-als", als.AsPipeline()), ("item-knn", knn.AsPipeline()), ("popularity, 30 days", popularity.AsPipeline())],
            new Dictionary<string, Matrix> { ["als"] = als.ItemEmbeddings }, machine);
    }

    /// <returns>What the sources propose and the user did not have, the best candidates of it, and then the stages.</returns>
    public static Pipeline PipelineOf(IReadOnlyList<Source> sources, params IEnumerable<IStage> stages) =>
        new(sources, [new ExcludeSeen(), new Truncate { Count = Candidates }.Bind(), .. stages]);
}
