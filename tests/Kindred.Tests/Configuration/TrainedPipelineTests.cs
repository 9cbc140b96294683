using Kindred.Configuration;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Reranking.Limits;
using Kindred.Snapshots;
using Kindred.Tests.Support;

namespace Kindred.Tests.Configuration;

public sealed class TrainedPipelineTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly Interactions Data = GenredData.Interactions;

    private const string Whole = """
        {
          "sources": [
            { "kind": "model", "name": "als", "model": "implicit-als", "options": { "dimensions": 8, "epochs": 3 }, "index": "flat", "count": 20 },
            { "kind": "neighbours", "count": 20 },
            { "kind": "sameLabel", "labels": "genres", "count": 10 },
            { "kind": "popular", "of": "user.country", "count": 10 },
            { "kind": "newest", "count": 5 },
            { "kind": "pinned", "count": 5 },
          ],
          "rerank": [
            { "kind": "popularityPenalty" },
            { "kind": "rules", "rules": [
              { "name": "no horror", "when": "item.genres has 'Horror'", "then": "filter" },
              { "name": "show it", "when": "item.title = 'Casablanca'", "then": "pin at 1" } ] },
            { "kind": "keep", "count": 15 },
            { "kind": "inversePropensity" },
            { "kind": "dpp", "labels": "genres" },
            { "kind": "mmr", "embeddings": "als", "relevanceShare": 0.9 },
            { "kind": "calibrated", "labels": "genres", "calibrationShare": 0.1 },
            { "kind": "caps", "limits": [{ "labels": "genres", "most": 5 }] },
            { "kind": "thompson", "name": "lots", "clicks": { "i0": [1, 10] }, "count": 1, "draws": 10 },
            { "kind": "softmax", "count": 1, "among": 1 },
            { "kind": "epsilonGreedy", "count": 1, "share": 0, "name": "none at random" },
          ],
        }
        """;

    private static TrainedPipeline Train(string json) => new PipelineTrainer().Train(PipelineConfig.Parse(json), Data, new() { Seed = 1 });

    [Fact]
    public void Every_kind_of_stage_does_its_part()
    {
        var pipeline = Train(Whole).Bind(Data);
        Assert.Equal(["als", "neighbours", "sameLabel", "popular", "newest", "pinned", "popularity"], pipeline.Sources);
        Assert.Equal(
            ["seen", "popularityPenalty", "rules", "keep", "inversePropensity", "dpp", "mmr", "calibrated", "caps", "lots", "softmax",
                "none at random"],
            pipeline.Stages.Select(stage => stage.Name));
        var genres = Data.ItemAttributes.Labels["genres"];
        Assert.True(genres.Labels.TryGetIndex("Horror", out int horror));
        for (int user = 0; user < 20; user++)
        {
            var query = Query.Of(Data, user);
            int[] items = [.. pipeline.Recommend(query, 10).Select(c => c.Item)];
            Assert.Empty(items.Intersect(query.History.ToArray()));
            Assert.DoesNotContain(items, item => genres[item][0] == horror);
            Assert.All(items.GroupBy(item => genres[item][0]), group => Assert.InRange(group.Count(), 1, 5));
        }
    }

    [Fact]
    public void A_source_by_an_index_and_one_without_propose_the_same()
    {
        const string plain =
            """{ "sources": [{ "kind": "model", "model": "implicit-als", "options": { "dimensions": 8 }, "count": 20 }] }""";
        Pipeline exact = Train(plain).Bind(Data),
            indexed = Train(plain.Replace("\"count\"", "\"index\": \"flat\", \"count\"", StringComparison.Ordinal)).Bind(Data);
        for (int user = 0; user < 10; user++)
            Assert.Equal(exact.Recommend(Query.Of(Data, user), 10).Select(c => c.Item), indexed.Recommend(Query.Of(Data, user), 10)
                .Select(c => c.Item));
    }

    [Fact]
    public void What_rules_pin_is_proposed_by_the_source_of_pins()
    {
        var pipeline = Train("""
            {
              "sources": [{ "kind": "popular", "count": 3 }, { "kind": "pinned", "rules": "house" }],
              "rerank": [{ "kind": "rules", "name": "house", "rules": [{ "name": "show it", "when": "item.title = 'Casablanca'", "then": "pin at 2" }] }],
            }
            """).Bind(Data);
        Assert.Equal(7, pipeline.Recommend(new(-1, default), 3)[1].Item);
    }

    [Fact]
    public void One_model_of_two_sources_is_trained_once()
    {
        int trained = 0;
        var trainer = new PipelineTrainer
        {
            Fallback = null,
            TrainModel = (_, data, which, context) =>
            {
                trained++;
                return which.Train(data, context);
            },
        };
        var pipeline = trainer.Train(
            PipelineConfig.Parse("""{ "sources": [{ "kind": "neighbours" }, { "kind": "model", "name": "knn", "model": "item-knn" }] }"""),
            Data, new());
        Assert.Equal(1, trained);
        Assert.Single(pipeline.Models);
    }

    [Theory]
    [InlineData("""{ "sources": [{ "kind": "sameLabel", "labels": "genre" }] }""",
        "column 15: There is no column of labels 'genre' of the items; did you mean genres?")]
    [InlineData("""{ "sources": [{ "kind": "popular", "of": "user.age" }] }""",
        "There is no column of labels 'age' of the users; there is country.")]
    [InlineData("""{ "sources": [{ "kind": "popular", "of": "genres" }] }""", "of must be item.COLUMN or user.COLUMN, was 'genres'.")]
    [InlineData("""{ "sources": [{ "kind": "pinned" }] }""", "There is no stage of rules 'rules'")]
    [InlineData("""{ "sources": [{ "kind": "http", "url": "somewhere" }] }""", "'somewhere' is no address")]
    [InlineData("""{ "sources": [{ "kind": "http", "url": "http://localhost:1" }] }""", "needs limitMilliseconds")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "seen": { "repeatable": ["category=Food"] } }""",
        "There is no attribute 'category'")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "rerank": [{ "kind": "mmr" }] }""", "column 49: Say how to compare items")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "rerank": [{ "kind": "mmr", "embeddings": "als" }] }""",
        "column 49: embeddings names 'als', but no source has embeddings")]
    [InlineData("""{ "sources": [{ "kind": "newest" }, { "kind": "model", "model": "bpr" }], "rerank": [{ "kind": "mmr", "embeddings": "newest" }] }""",
        "embeddings names 'newest', which is no source with embeddings; there are model.")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "rerank": [{ "kind": "thompson", "clicks": { "i1": [3] } }] }""",
        "must be [clicks, shows]")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "rerank": [{ "kind": "rules", "rules": [{ "name": "a", "when": "item.x = 1", "then": "cap 1" }] }] }""", "Rule 'a'")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "ranker": { "kind": "lambdarank" } }""",
        "column 38: this program cannot train boosted trees.")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "ranker": { "kind": "crossNetwork" } }""",
        "column 38: this program cannot train a cross network; kindred-neural can.")]
    public void What_the_data_do_not_have_is_said_with_its_place(string json, string expected)
    {
        var error = Assert.Throws<InputException>(() => Train(json));
        Assert.StartsWith("the pipeline, line 1, column ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_that_a_program_made_is_checked_as_one_that_was_read()
    {
        PipelineConfig config = new() { Sources = [new NewestSource()] };
        string Refusal(PipelineConfig bad) => Assert.Throws<InputException>(() => new PipelineTrainer().Train(bad, Data, new())).Message;
        Assert.Equal(
            "$.sources[0]: count must be 1 to 100,000, was 0.", Refusal(config with { Sources = [new NewestSource { Count = 0 }] }));
        Assert.Equal("$.seen: pauseDays must be 0 to 36,500, was -1.", Refusal(config with { Seen = new() { PauseDays = -1 } }));
        Assert.Equal("$.ranker: trees must be 1 to 10,000, was 0.", Refusal(config with { Ranker = new LambdaRankConfig { Trees = 0 } }));
        Assert.Equal("$.rerank[0]: count must be 1 to 100,000, was 0.", Refusal(config with { Rerank = [new Truncate { Count = 0 }] }));
        Assert.Equal("$.budget: milliseconds must be 0.1 to 60,000, was 0.",
            Refusal(config with { Budget = new() { Milliseconds = 0, Shed = [] } }));
    }

    /// <summary>What the ranker would be trained on.</summary>
    private static RankingExamples ExamplesFor(string ranker, params IReadOnlyList<Impression> impressions)
    {
        RankingExamples? seen = null;
        var trainer = new PipelineTrainer
        {
            Impressions = impressions,
            TrainForest = (_, examples, _) =>
            {
                seen = examples;
                throw new OperationCanceledException("Seen enough.");
            },
        };
        var config = PipelineConfig.Parse($$"""{ "sources": [{ "kind": "popular", "count": 40 }], "ranker": {{ranker}} }""");
        Assert.Throws<OperationCanceledException>(() => trainer.Train(config, Data, new()));
        return seen!;
    }

    /// <summary>Events are a second apart, 640 of them; the last tenth begins at second 576.</summary>
    [Fact]
    public void A_ranker_learns_from_what_was_shown_where_that_is_known()
    {
        var shown = new Impression(3, 600, [1, 2, 3], [2]);
        var examples = ExamplesFor(
            """{ "kind": "lambdarank" }""", new Impression(3, 500, [4, 5], [4]), shown, new Impression(3, 9_999, [6, 7], [6]));
        Assert.Equal([3], examples.Groups);
        Assert.Equal([0f, 0, 1], examples.Labels.Order());

        var trainer = new PipelineTrainer
        {
            Impressions = [shown with { Time = 10 }],
            TrainForest = (_, _, _) => throw new InvalidOperationException()
        };
        var config = PipelineConfig.Parse("""{ "sources": [{ "kind": "popular" }], "ranker": { "kind": "lambdarank" } }""");
        Assert.StartsWith("None of the 1 lists was shown between 1970-01-01 00:09:",
            Assert.Throws<InputException>(() => trainer.Train(config, Data, new())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ranker_learns_from_visits_or_from_the_period_and_sees_what_it_is_told_to()
    {
        var period = ExamplesFor("""{ "kind": "lambdarank", "features": ["rank:popular", "item.events"] }""");
        var visits = ExamplesFor("""{ "kind": "lambdarank", "examples": "visits" }""");
        Assert.Equal(["rank:popular", "item.events"], period.Features);
        Assert.Contains("score:popular", visits.Features);
        Assert.NotEmpty(visits.Groups);
    }

    [Fact]
    public void Any_model_may_rank()
    {
        var pipeline = Train("""{ "sources": [{ "kind": "popular", "count": 40 }], "ranker": { "kind": "model", "model": "item-knn" } }""")
        .Bind(Data);
        var knn = new ItemKnn().Train(Data, new());
        var scores = new float[40];
        var query = Query.Of(Data, 5);
        knn.Score(query, scores);
        var list = pipeline.Recommend(query, 10);
        Assert.All(list, candidate => Assert.Equal(scores[candidate.Item], candidate.Score));
        Assert.Equal(list.OrderByDescending(candidate => candidate.Score), list);
    }

    /// <summary>What is trained elsewhere: a network that wants what few had.</summary>
    private static CrossNetwork Contrary(CrossNetworkConfig options, RankingExamples examples)
    {
        var encoding = RowEncoding.Of(examples);
        int events = examples.Features.ToList().IndexOf("item.events");
        var arrays = CrossLayers.Shape(encoding, options.Dimensions, options.CrossLayers, options.HiddenDimensions)
            .ToDictionary(array => array.Name, array => new Matrix(array.Rows, array.Columns));
        arrays["output"].Row(0)[events] = -1;
        return new(encoding, new(options.CrossLayers, options.HiddenDimensions.Count, arrays));
    }

    [Fact]
    public void A_cross_network_ranks_and_is_kept_in_a_snapshot()
    {
        using var folder = new TemporaryFolder();
        CrossNetworkConfig? options = null;
        var trainer = new PipelineTrainer
        {
            TrainCrossNetwork = (config, examples, _) =>
            {
                options = config;
                return Contrary(config, examples);
            },
        };
        var trained = trainer.Train(
            PipelineConfig.Parse("""
                { "sources": [{ "kind": "popular", "count": 40 }],
                  "ranker": { "kind": "crossNetwork", "crossLayers": 1, "hiddenDimensions": [4, 3], "features": ["rank:popular", "item.events"] } }
                """), Data, new());
        Assert.Equal([4, 3], options!.HiddenDimensions);
        var popularity = new TrainedModel(new("popularity", [], 1, 0, "genred", "f", 80, 40, 640), new Popularity().Train(Data, new()));
        Snapshot.Write(folder.File("s"), new(Data, Data.ItemAttributes, popularity, popularity, Pipeline: new(trained, [])));
        using var snapshot = Snapshot.Open(folder.File("s"));
        int[] counts = Data.CountUsersOfItems();
        var query = Query.Of(Data, 5);
        var list = trained.Bind(Data).Recommend(query, 10);
        Assert.Equal(list.OrderBy(candidate => counts[candidate.Item]).Select(candidate => counts[candidate.Item]),
            list.Select(candidate => counts[candidate.Item]));
        Assert.Equal(list, snapshot.Pipeline.Recommend(query, 10));
    }

    /// <summary>The features of a ranker that names none are those of all columns there are, also of those of the events.</summary>
    [Fact]
    public void A_ranker_and_rules_over_what_is_known_of_moments_are_kept_in_a_snapshot()
    {
        using var folder = new TemporaryFolder();
        int events = Data.Histories.Count;
        var data = Data.With(context: new Catalog(
            events, new Dictionary<string, TextColumn>(),
            new Dictionary<string, NumberColumn> { ["price"] = new(new float[events]) },
            new Dictionary<string, LabelColumn>
            {
                ["device"] = LabelColumn.From([.. Enumerable.Range(0, events).Select(n => n % 2 == 0 ? "phone" : "desk")]),
            }));
        var trainer = new PipelineTrainer { TrainCrossNetwork = (config, examples, _) => Contrary(config, examples) };
        var trained = trainer.Train(PipelineConfig.Parse("""
            { "sources": [{ "kind": "popular", "count": 40 }],
              "ranker": { "kind": "crossNetwork", "crossLayers": 1, "hiddenDimensions": [4] },
              "rerank": [{ "kind": "rules", "rules": [
                { "name": "r", "when": "context.device = 'phone' and item.genres has 'Horror'", "then": "filter" }] }] }
            """), data, new());
        Assert.Equal(
            ["context.price", "context.device"],
            trained.Ranker!.Features.Where(name => name.StartsWith("context.", StringComparison.Ordinal)));
        var popularity = new TrainedModel(new("popularity", [], 1, 0, "genred", "f", 80, 40, 640), new Popularity().Train(data, new()));
        Snapshot.Write(folder.File("s"), new(data, data.ItemAttributes, popularity, popularity, Pipeline: new(trained, [])));
        using var snapshot = Snapshot.Open(folder.File("s"));
        var query = Query.Of(data, 5) with
        {
            Context = new() { Labels = new Dictionary<string, IReadOnlyList<string>> { ["device"] = ["phone"] } },
        };
        var list = trained.Bind(data).Recommend(query, 10);
        Assert.DoesNotContain(list, candidate => candidate.Item % 4 == 2); // horror
        Assert.Equal(list, snapshot.Pipeline.Recommend(query, 10));
    }

    [Fact]
    public void A_snapshot_answers_as_the_pipeline_it_was_made_of()
    {
        using var folder = new TemporaryFolder();
        var trained = Train(Whole);
        static ModelManifest ManifestOf(ITrainer trainer) =>
            new(trainer.Summary.Name, TrainerOptions.Of(trainer), 1, 0, "genred", "f", 80, 40, 640);
        var popularity = new TrainedModel(ManifestOf(new Popularity()), new Popularity().Train(Data, new()));
        ModelManifest[] manifests = [.. trained.Config.Trainers.Select(ManifestOf)];
        Snapshot.Write(folder.File("s"), new(
            Data, Data.ItemAttributes, new(manifests[0], trained.Models[0]), popularity, Pipeline: new(trained, manifests)));
        using var snapshot = Snapshot.Open(folder.File("s"));
        Assert.Empty(PipelineDiff.Between(trained.Config, snapshot.Trained!.Config));
        Assert.Equal(["implicit-als", "item-knn"], snapshot.Manifest.Pipeline!.Models.Select(model => model.Manifest.Trainer));
        var pipeline = trained.Bind(Data);
        for (int user = 0; user < 20; user++)
        {
            var query = Query.Of(Data, user);
            var (expected, answer) = (pipeline.Recommend(query, 5), snapshot.Pipeline.Answer(query, 5, cancellationToken: Token));
            Assert.Equal(expected, answer.Items);
            Assert.Empty(answer.SkippedSteps);
        }
        Assert.False(snapshot.IsReady);
        snapshot.GetReady();
        Assert.True(snapshot.IsReady);
    }
}
