using System.Text.Json.Nodes;
using Kindred.Configuration;
using Kindred.Models;
using Kindred.Reranking.Diversity;
using Kindred.Reranking.Rules;
using Kindred.Tests.Support;

namespace Kindred.Tests.Configuration;

public sealed class PipelineConfigTests
{
    private const string Whole = """
        {
          // where candidates come from
          "sources": [
            { "kind": "model", "name": "als", "model": "implicit-als", "options": { "dimensions": 8 }, "count": 100, "index": "flat" },
            { "kind": "neighbours", "recent": 5 },
            { "name": "hits", "kind": "popular", "halfLifeDays": 30, "of": "item.genres", "limitMilliseconds": 3 },
          ],
          "seen": { "policy": "drop", "pauseDays": 90, "repeatable": ["genres=Food"] },
          "rerank": [
            { "kind": "rules", "rules": [{ "name": "no horror", "when": "item.genres has 'Horror'", "then": "filter" }] },
            { "kind": "keep", "count": 50 },
            { "kind": "mmr", "labels": "genres", "relevanceShare": 0.8 },
            { "kind": "epsilonGreedy", "share": 0.05 },
          ],
          "budget": { "milliseconds": 8, "shed": ["mmr", "hits"] },
        }
        """;

    [Fact]
    public void A_config_is_read_with_comments_and_keeps_what_it_says()
    {
        var config = PipelineConfig.Parse(Whole);
        Assert.Equal(["als", "neighbours", "hits", "seen", "rules", "keep", "mmr", "epsilonGreedy"], config.Steps);
        var als = Assert.IsType<ModelSource>(config.Sources[0]);
        Assert.Equal(new ImplicitAls { Dimensions = 8 }, als.TrainerIn(TrainerCatalog.Default));
        Assert.Equal([typeof(ImplicitAls), typeof(ItemKnn)], config.Trainers.Select(trainer => trainer.GetType()));
        Assert.Equal(3, config.Sources[2].LimitMilliseconds);
        Assert.Equal(.8f, Assert.IsType<MaximalMarginalRelevance>(config.Rerank[2]).RelevanceShare);
    }

    [Fact]
    public void What_is_written_is_read_back_the_same()
    {
        var config = PipelineConfig.Parse(Whole);
        string written = config.ToJson().GetRawText();
        Assert.Equal(written, PipelineConfig.Of(config.ToJson()).ToJson().GetRawText());
        Assert.Empty(PipelineDiff.Between(config, PipelineConfig.Parse(written)));
    }

    [Fact]
    public void What_nobody_writes_by_hand_is_refused_before_it_costs_much()
    {
        static string SentenceOf(string text) => Assert.Throws<InputException>(() => PipelineConfig.Parse(text)).Message;
        static string With(string member) => $"{{ \"sources\": [{{ \"kind\": \"newest\" }}], {member} }}";
        Assert.Equal("The pipeline's text is longer than 1,048,576 characters; is it the right file?", SentenceOf(new(' ', (1 << 20) + 1)));
        Assert.Contains("more than 32 levels are inside each other.",
            SentenceOf(With($"\"x\": {new string('[', 60)}{new string(']', 60)}")), StringComparison.Ordinal);
        Assert.Contains(
            "more than 32 levels are inside each other.", SentenceOf(With($"\"x\": {new string('[', 100_000)}")), StringComparison.Ordinal);
        Assert.Contains("line 1, column 38: the names that lead here have more than 256 characters.",
            SentenceOf(With($"\"{new string('x', 300)}\": 1")), StringComparison.Ordinal);
        Assert.Contains("there are more than 200000 values.",
            SentenceOf(With($"\"x\": [{string.Join(',', Enumerable.Repeat(1, 200_001))}]")), StringComparison.Ordinal);
        Assert.Contains("there are 101 sources; write at most 100.",
            SentenceOf(
                $"{{ \"sources\": [{string.Join(',', Enumerable.Range(0, 101).Select(n =>
                    $"{{ \"kind\": \"newest\", \"name\": \"n{n}\" }}"))}] }}"), StringComparison.Ordinal);
        string rules = string.Join(',', Enumerable.Range(0, 600).Select(n => $"{{ \"name\": \"r{n}\", \"then\": \"filter\" }}"));
        Assert.Contains("there are 1200 rules; write at most 1000.", SentenceOf(With(
            $"\"rerank\": [{{ \"kind\": \"rules\", \"name\": \"a\", \"rules\": [{rules}] }}, {{ \"kind\": \"rules\", \"name\": \"b\", " +
            $"\"rules\": [{rules}] }}]")), StringComparison.Ordinal);
        Assert.Equal("the pipeline has a text with half of a character; look for a lone \\ud8 to \\udf.",
            SentenceOf(With("\"$schema\": \"\\ud800\"")));
    }

    [Fact]
    public void A_file_without_end_is_not_read_to_the_end()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "There is no file without end here.");
        Assert.Equal("/dev/zero is longer than 1,048,576 characters; is it the right file?",
            Assert.Throws<InputException>(() => PipelineConfig.Read("/dev/zero")).Message);
    }

    /// <summary>Places are of the thing that is wrong, counted from 1.</summary>
    [Theory]
    [InlineData("""{ "sources": [{ "kind": "newest" }], }}""", "line 1, column 39: this is no JSON")]
    [InlineData("{\n \"sources\": [{ \"kind\": \"newest\" }\n \"rerank\": [] }", "line 3, column 2: this is no JSON")]
    [InlineData("""{ "sources": [] }""", "line 1, column 3: a pipeline needs one source at least.")]
    [InlineData("""{ }""", "line 1, column 1: the pipeline needs 'sources'.")]
    [InlineData("""[]""", "line 1, column 1: a pipeline must be an object.")]
    [InlineData("""{ "sources": [{ "name": "x" }] }""", "line 1, column 15: a kind is missing; there are model, neighbours, popular")]
    [InlineData("""{ "sources": [{ "kind": "als" }] }""", "line 1, column 17: there is no kind \"als\" here; there are model,")]
    [InlineData("""{ "sources": [{ "kind": "newest", "cuont": 3 }] }""",
        "line 1, column 35: newest has no 'cuont'; did you mean count?")]
    [InlineData("""{ "sources": [{ "kind": "newest", "count": 0 }] }""", "line 1, column 35: count must be 1 to 100,000, was 0.")]
    [InlineData("""{ "sources": [{ "kind": "newest", "count": 1.5 }] }""", "line 1, column 35: count must be a whole number.")]
    [InlineData("""{ "sources": [{ "kind": "newest", "count": 1, "count": 2 }] }""", "line 1, column 47: 'count' is there twice")]
    [InlineData("""{ "sources": [{ "kind": "newest" }, { "kind": "newest" }] }""", "line 1, column 37: there is another step 'newest'")]
    [InlineData("""{ "sources": [{ "kind": "newest", "name": "popularity" }] }""", "there is another step 'popularity'")]
    [InlineData("""{ "sources": [{ "kind": "model" }] }""", "line 1, column 15: model needs 'model'.")]
    [InlineData("""{ "sources": [{ "kind": "model", "model": "xyz" }] }""", "line 1, column 15: There is no model 'xyz'")]
    [InlineData("""{ "sources": [{ "kind": "model", "model": "item-knn", "index": "hnsw" }] }""", "item-knn has no embeddings")]
    [InlineData("""{ "sources": [{ "kind": "model", "model": "bpr", "index": "tree" }] }""", "There is no index 'tree'")]
    [InlineData("""{ "sources": [{ "kind": "model", "model": "bpr", "options": { "depth": 3 } }] }""", "bpr has no option 'depth'; there are ")]
    [InlineData("""{ "sources": [{ "kind": "lastViewed" }] }""", "lastViewed proposes what the user had, which seen drops")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "seen": { "policy": "maybe" } }""", "policy must be one of drop, keep.")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "ranker": { "kind": "crossNetwork", "layers": 1 } }""",
        "column 74: crossNetwork has no 'layers'; there are crossLayers, hiddenDimensions,")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "ranker": { "kind": "crossNetwork", "epochs": 0 } }""",
        "column 74: epochs must be 1 to 1,000, was 0.")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "ranker": { "kind": "crossNetwork", "crossLayers": 0, "hiddenDimensions": [] } }""", "column 38: A cross network needs a layer")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "ranker": { "kind": "crossNetwork", "hiddenDimensions": [8, 0] } }""",
        "column 74: each of hiddenDimensions must be 1 to 4,096, one was 0.")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "rerank": [{ "kind": "rules" }] }""",
        "rules are needed, either in a file or here.")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "rerank": [{ "kind": "rules", "file": "none.json" }] }""",
        "none.json cannot be read")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "rerank": [{ "kind": "rules", "rules": [{ "name": "a", "then": "explode" }] }] }""",
        "line 1, column 78: Rule 'a': 'explode' is no action")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "budget": { "milliseconds": 5, "shed": ["mmr"] } }""",
        "there is no step 'mmr'; there are newest.")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "budget": { "milliseconds": 5, "shed": ["newest"] } }""",
        "one source at least must not be shed")]
    [InlineData("""{ "sources": [{ "kind": "newest" }], "budget": { "milliseconds": 5, "shed": ["seen"] } }""", "seen cannot be shed")]
    public void A_mistake_is_named_with_its_place(string json, string expected)
    {
        var error = Assert.Throws<InputException>(() => PipelineConfig.Parse(json));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("the pipeline, line ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_of_a_file_become_part_of_the_pipeline_and_mistakes_there_are_named_there()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("pipeline.json");
        File.WriteAllText(path, """{ "sources": [{ "kind": "newest" }], "rerank": [{ "kind": "rules", "file": "rules.json" }] }""");
        File.WriteAllText(folder.File("rules.json"), """[{ "name": "a", "then": "cap 2" }]""");
        var rules = Assert.IsType<RulesReranker>(Assert.Single(PipelineConfig.Read(path).Rerank));
        Assert.Null(rules.File);
        Assert.Equal("cap 2", Assert.Single(rules.Rules!).Then);

        File.WriteAllText(folder.File("rules.json"), "[\n{ \"name\": \"a\", \"than\": \"cap 2\" }]");
        var error = Assert.Throws<InputException>(() => PipelineConfig.Read(path));
        Assert.Contains("rules.json, line 2, column 16: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_said_to_be_missing() =>
        Assert.StartsWith("The pipeline /none/p.json cannot be read",
            Assert.Throws<InputException>(() => PipelineConfig.Read("/none/p.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_difference_is_told_by_the_names_of_steps()
    {
        var before = PipelineConfig.Parse(Whole);
        var after = before with
        {
            Sources = [before.Sources[1], before.Sources[0], new NewestSource()],
            Rerank = [before.Rerank[0], before.Rerank[1], (MaximalMarginalRelevance)before.Rerank[2] with { RelevanceShare = .6f },
                before.Rerank[3]],
        };
        var changes = PipelineDiff.Between(before, after);
        Assert.Contains(new("rerank.mmr.relevanceShare", "0.8", "0.6"), changes);
        Assert.Contains(new("sources.order", "als, neighbours, hits", "neighbours, als, newest"), changes);
        Assert.Contains(new("sources.newest.count", null, "300"), changes);
        Assert.Contains(new("sources.hits.halfLifeDays", "30", null), changes);
        Assert.DoesNotContain(changes, change => change.Path.StartsWith("sources.als", StringComparison.Ordinal));
    }

    [Fact]
    public void A_list_of_values_is_told_in_one_line()
    {
        var before =
            PipelineConfig.Parse(
                """{ "sources": [{ "kind": "newest" }], "ranker": { "kind": "crossNetwork", "features": ["rank:newest"] } }""");
        var ranker = (CrossNetworkConfig)before.Ranker!;
        Assert.Equal(
            [new("ranker.hiddenDimensions", "[64,32]", "[8]"),
                new("ranker.features", "[\"rank:newest\"]", "[\"item.age <90\",\"sources\"]")],
            PipelineDiff.Between(
                before, before with { Ranker = ranker with { HiddenDimensions = [8], Features = ["item.age <90", "sources"] } }));
    }

    /// <summary>
    /// The published schema is the one that the types make: <c>kindred pipeline schema &gt; docs/schemas/pipeline.schema.json</c>.
    /// </summary>
    [Fact]
    public void The_published_schema_is_that_of_the_types()
    {
        string published = File.ReadAllText(Path.Combine(RealData.Root, "docs", "schemas", "pipeline.schema.json"));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(published), ConfigSchema.Create()));
        var kinds = ConfigSchema.Create()["properties"]!["sources"]!["items"]!["anyOf"]!.AsArray();
        Assert.Equal(8, kinds.Count);
        Assert.Equal(100_000, (int)kinds[0]!["properties"]!["count"]!["maximum"]!);
    }
}
