using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Reranking;
using Kindred.Storage;
using Kindred.Tests.Ranking;
using Kindred.Tests.Reranking;

namespace Kindred.Tests.Configuration;

/// <summary>
/// Every kind of stage and ranker, asked by nobody, without a history, about items that came later, and of scores that are no numbers.
/// </summary>
public sealed class StagesOfUnknownsTests
{
    private static readonly Interactions Data = GenredData.Interactions;

    private static readonly string[] Sources = ["all"];

    private static readonly Dictionary<string, string> Options = new()
    {
        ["rules"] = """
            "rules": [{ "name": "up", "when": "item.genres has 'Horror' or user.country = 'DE'", "then": "boost x1.5" },
                      { "name": "down", "when": "item.id != 'i3'", "then": "bury x0.5" }, { "name": "few", "then": "cap 9" }]
            """,
        ["keep"] = "\"count\": 5",
        ["mmr"] = "\"labels\": \"genres\", \"relevanceShare\": 0.1",
        ["dpp"] = "\"embeddings\": \"als\", \"relevanceShare\": 0.1",
        ["calibrated"] = "\"labels\": \"genres\", \"calibrationShare\": 0.9",
        ["caps"] = "\"limits\": [{ \"labels\": \"genres\", \"most\": 2, \"leastOf\": { \"Food\": 1 }, \"gap\": 1 }]",
        ["popularityPenalty"] = "\"strength\": 10",
        ["inversePropensity"] = "\"power\": 2, \"floor\": 1e-6",
        ["epsilonGreedy"] = "\"share\": 1",
        ["softmax"] = "\"temperature\": 0.01",
        ["thompson"] = "\"clicks\": { \"i3\": [1, 9] }",
    };

    /// <summary>They score candidates anew; the others leave scores as they are, and so do rules that do not concern an item.</summary>
    private static readonly string[] Scoring = ["popularityPenalty", "inversePropensity"];

    public static TheoryData<string> Kinds => [.. RerankerKinds.All.Select(kind => kind.Name)];

    public static TheoryData<string> Rankers =>
        ["item-knn", "implicit-als", "ease", "mf", "fm", "popularity", "overflow", "forest", "network"];

    private static Query[] Queries =>
    [
        new(-1, default), new(-1, new[] { 3, 7 }), new(5, default), new(9_999, default), new(-1, new[] { 40, 123_456 }),
        new(9_999, new[] { 3, 123_456 }),
        Query.Of(Data, 5) with { Context = new() { Time = 700 } },
    ];

    /// <summary>Known items and later ones, of which every second has the strange scores.</summary>
    private static Candidates Strange() => Lists.Of(
        [0, 1, 2, 3, 4, 5, 6, 7, 40, 41, 123_456, 8, 9],
        [
            float.NaN, float.PositiveInfinity, 1, float.NegativeInfinity, float.MaxValue, float.MinValue, 0, float.NaN, 2, float.NaN,
            float.PositiveInfinity,
            float.Epsilon, -1,
        ]);

    [Theory, MemberData(nameof(Kinds))]
    public void A_stage_takes_whatever_comes(string kind)
    {
        var config =
            PipelineConfig.Parse($$"""{ "sources": [{ "kind": "newest" }], "rerank": [{ "kind": "{{kind}}", {{Options[kind]}} }] }""");
        var embeddings = new Matrix(40, 2);
        for (int item = 0; item < 40; item++) embeddings.Row(item)[item % 2] = item < 9 ? 1 : float.NaN;
        var stage = Assert.Single(config.Rerank)
            .Bind(new RerankingInputs(Data) { Embeddings = new Dictionary<string, Matrix> { ["als"] = embeddings } });
        foreach (var query in Queries)
        {
            var before = Strange();
            before.MakeFinite(); // as they are between two stages
            if (stage is IExplainingStage explaining)
                for (int place = 0; place < before.Count; place++) explaining.ReasonsFor(query, before, place);
            var after = before.Copy();
            stage.Apply(query, after);
            Assert.NotEqual(0, after.Count);
            Assert.Equal(after.Count, after.Items.ToArray().Distinct().Count());
            for (int place = 0; place < after.Count; place++)
            {
                float was = before.Scores[before.PlaceOf(after.Items[place])], score = after.Scores[place];
                bool isKept = was.Equals(score) && !Scoring.Contains(kind), isNew = float.IsFinite(score)
                    && (Scoring.Contains(kind) || kind == "rules");
                Assert.True(isKept || isNew, $"{kind}: {was} became {score}");
            }
        }
        stage.Apply(default, Lists.Of());
    }

    [Theory, MemberData(nameof(Rankers))]
    public void A_ranker_takes_whatever_comes_and_gives_finite_scores_or_none(string kind)
    {
        var ranker = RankerOf(kind);
        foreach (var query in Queries)
        {
            var candidates = Strange();
            int count = candidates.Count;
            ranker.Apply(query, candidates);
            Assert.Equal(count, candidates.Count);
            Assert.DoesNotContain(candidates.Scores.ToArray(), float.IsInfinity);
            AssertUnscoredLast(candidates);
            if (ranker is IExplainingStage explaining)
                for (int place = 0; place < count; place++) explaining.ReasonsFor(query, Strange(), place);
        }
        ranker.Apply(default, Lists.Of());
    }

    private static void AssertUnscoredLast(Candidates candidates)
    {
        int first = candidates.Scores.ToArray().TakeWhile(score => !float.IsNaN(score)).Count();
        Assert.All(candidates.Scores[first..].ToArray(), score => Assert.True(float.IsNaN(score)));
    }

    private static IStage RankerOf(string kind)
    {
        string[] all = [.. FeatureSet.NamesFor(Data, Sources)];
        string[] two = ["item.events", "score:all"];
        return kind switch
        {
            "overflow" => new ModelRanker(new Overflowing()),
            "forest" => new ForestRanker(Forest.Parse(ForestTests.Text).WithFeatures(two), new(two, Data, Sources)),
            "network" => new FeatureRanker(new SumOfFeatures(all), new(all, Data, Sources) { IsServing = true }),
            _ => new ModelRanker(TrainerCatalog.Default.Create(kind, []).Train(Data, new())),
        };
    }

    private sealed class SumOfFeatures(IReadOnlyList<string> features) : IFeatureRanker
    {
        public IReadOnlyList<string> Features => features;

        public void Score(Matrix rows, Span<double> scores)
        {
            for (int row = 0; row < scores.Length; row++) scores[row] = 1e38 * rows.Row(row).ToArray().Sum(value => (double)value);
        }

        public void Save(TensorWriter writer) => throw new NotSupportedException();
    }

    private sealed class Overflowing : IModel
    {
        public Vocabulary Items => Data.Items;

        public void Score(in Query query, Span<float> scores)
        {
            for (int item = 0; item < scores.Length; item++)
                scores[item] = item % 3 == 0 ? float.PositiveInfinity : item % 3 == 1 ? float.NaN : item;
        }

        public void Save(TensorWriter writer) => throw new NotSupportedException();
    }
}
