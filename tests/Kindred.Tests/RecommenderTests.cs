using Kindred.Configuration;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;
using Kindred.Snapshots;
using Kindred.Tests.Configuration;
using Kindred.Tests.Data;
using Kindred.Tests.Support;

namespace Kindred.Tests;

/// <summary>The door: ids in, ids out.</summary>
public sealed class RecommenderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>u0 had i0 and i1, u1 i1 and i2, u2 i0; nobody had i3.</summary>
    private static readonly Interactions Data = Small.Of(4, [(0, 1), (1, 1)], [(1, 1), (2, 1)], [(0, 1)]);

    private static readonly IModel Knn = new ItemKnn { Neighbours = 3 }.Train(Data, new()), Popular = new Popularity().Train(Data, new());

    private static readonly Recommender Door = Recommender.From(Data, Knn, Popular);

    private static readonly PipelineConfig ByCountry = PipelineConfig.Parse("""
        {
          "sources": [{ "kind": "popular", "of": "user.country", "count": 40 }],
          "seen": { "pauseDays": 1 },
          "rerank": [{ "kind": "rules", "rules": [{ "name": "country", "when": "user.country = 'FR' and item.genres has 'Horror'", "then": "filter" }] }]
        }
        """);

    private static string[] Ids(Recommendation answer) => [.. answer.Items.Select(item => item.ItemId)];

    [Fact]
    public void A_user_gets_what_the_model_says_then_what_is_popular()
    {
        var answer = Door.Recommend("u2", count: 3, cancellationToken: Token);
        Assert.Equal([("i1", "model"), ("i2", "popularity")], answer.Items.Select(item => (item.ItemId, item.Source)));
        Assert.Equal(("model", "model", true), (answer.Snapshot, answer.Source, answer.IsKnownUser));
        Assert.Null(answer.Reason);
        Assert.Equal(["i1"], Ids(Door.Recommend("u2", count: 1, cancellationToken: Token)));
    }

    /// <summary>No more are asked for than there are, whatever the count.</summary>
    [Theory]
    [InlineData("u2"), InlineData("nobody")]
    public void Any_count_is_as_good_as_all_items(string user)
    {
        string[] all = Ids(Door.Recommend(user, count: 4, cancellationToken: Token));
        Assert.Equal(all, Ids(Door.Recommend(user, count: int.MaxValue, cancellationToken: Token)));
        foreach (var door in new[] { Door, Recommender.From(Data, new ImplicitAls { Dimensions = 2 }.Train(Data, new())) })
        {
            var similar = door.SimilarItems("i1", 4, Token).Items;
            Assert.NotEmpty(similar);
            var every = door.SimilarItems("i1", int.MaxValue, Token).Items;
            Assert.Equal(similar.Select(item => item.ItemId), every.Select(item => item.ItemId));
        }
        var pipeline = Knn.AsPipeline(fallback: Popular);
        var query = Query.Of(Data, 2);
        Assert.Equal(pipeline.Recommend(query, 4), pipeline.Recommend(query, int.MaxValue));
    }

    [Theory]
    [InlineData("nobody", new string[0], "unknown user")]
    [InlineData(null, new[] { "x", "y", "x" }, "no known item in the history")]
    [InlineData(null, new[] { "i3" }, "nothing learned from this history")]
    [InlineData(null, new[] { "i0", "i1", "i2" }, "nothing left to recommend")]
    public void Why_it_is_not_the_model_is_said(string? user, string[] history, string reason)
    {
        var answer = Door.Recommend(new RecommendRequest
        {
            UserId = user,
            History = [.. history.Select(id => new HistoryEvent(id))],
            Count = 9
        }, cancellationToken: Token);
        Assert.Equal((reason, "popularity"), (answer.Reason, answer.Source));
        Assert.Equal(history.Where(id => id is "x" or "y").Distinct(), answer.UnknownItems);
    }

    [Fact]
    public void Given_events_follow_the_stored_ones()
    {
        var request = new RecommendRequest { UserId = "u2", History = [new("i1")], Because = true };
        var answer = Door.Recommend(request, cancellationToken: Token);
        Assert.Equal(["i2"], Ids(answer));
        Assert.Equal(["i1"], answer.Items[0].Because); // i2 was with i1 alone
        Assert.Equal(Ids(answer), Ids(Door.Recommend(new RecommendRequest { History = [new("i0"), new("i1")] }, cancellationToken: Token)));
    }

    [Fact]
    public void What_is_allowed_and_denied_limits_the_list()
    {
        Assert.Equal(
            ["i2"], Ids(Door.Recommend(new RecommendRequest { UserId = "u2", Allow = ["i2", "i0", "x"] }, cancellationToken: Token)));
        Assert.Equal(["i1"], Ids(Door.Recommend(new RecommendRequest { UserId = "u2", Deny = ["i2", "x"] }, cancellationToken: Token)));
        Assert.Equal("nothing passes the filter", Door.Recommend(
            new RecommendRequest { UserId = "u2", Allow = [] }, cancellationToken: Token).Reason);
        Assert.Equal("nothing left to recommend", Door.Recommend(
            new RecommendRequest { UserId = "u2", Allow = ["i0"] }, cancellationToken: Token).Reason); // which they had
    }

    [Fact]
    public void The_explanation_is_of_the_list_that_is_answered()
    {
        var answer = Door.Recommend(
            new RecommendRequest { UserId = "u2", Explain = true, WhyNot = ["i0", "i3", "x"] }, cancellationToken: Token);
        Assert.Equal(Ids(Door.Recommend("u2", cancellationToken: Token)), Ids(answer));
        Assert.Equal([("model", 1)], answer.Items[0].Explanation!.Sources.Where(source => source.Source == "model").Select(
            source => (source.Source, source.Rank)));
        Assert.Equal(
            ["Removed by seen: the user had it.",
                "No source proposed it among its best: model has no score for it; popularity has no score for it.",
                "There is no such item."],
                answer.WhyNot!.Select(missing => missing.Verdict));
        Assert.All(Door.Recommend(new RecommendRequest { UserId = "u2", WhyNot = ["i0"] }, cancellationToken: Token).Items,
            item => Assert.Null(item.Explanation));
    }

    [Fact]
    public async Task Without_blocking_the_answer_is_the_same()
    {
        var (now, later) = (
            Door.Recommend("u0", cancellationToken: Token),
            await Door.RecommendAsync("u0", cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(now.Items.Select(
            item => (item.ItemId, item.Score, item.Source)), later.Items.Select(item => (item.ItemId, item.Score, item.Source)));
    }

    [Fact]
    public void The_short_questions_can_be_cancelled()
    {
        var cancelled = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => Door.Recommend("u0", cancellationToken: cancelled));
        var asked = new TellsTheToken();
        Assert.Equal(
            cancelled,
            Assert.Throws<OperationCanceledException>(() => asked.SimilarItems("i0", cancellationToken: cancelled)).CancellationToken);
    }

    private sealed class TellsTheToken : IRecommender
    {
        public Recommendation Recommend(RecommendRequest request, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask<Recommendation> RecommendAsync(RecommendRequest request, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public SimilarItemsAnswer SimilarItems(SimilarItemsRequest request, CancellationToken cancellationToken = default) =>
            throw new OperationCanceledException(cancellationToken);
    }

    [Fact]
    public void Similar_items_are_found_by_id()
    {
        var answer = Door.SimilarItems("i0", cancellationToken: Token);
        Assert.Equal(["i1"], answer.Items.Select(item => item.ItemId));
        Assert.Null(answer.Reason);
        Assert.False(Door.SimilarItems("x", cancellationToken: Token).IsKnownItem);
        Assert.Equal("nothing known about this item", Door.SimilarItems("i3", cancellationToken: Token).Reason);
        var popular = Recommender.From(Data, Popular, name: "popularity").SimilarItems("i0", cancellationToken: Token);
        Assert.Equal((false, "popularity knows no similarity"), (popular.IsSupported, popular.Reason));
    }

    /// <summary>
    /// Who asks is known by attributes, whatever they had since: the country's popular items, without the country's horror.
    /// </summary>
    [Fact]
    public void A_user_with_a_history_is_still_that_user()
    {
        var data = GenredData.Interactions;
        var door = Recommender.From(data, new PipelineTrainer().Train(ByCountry, data, new()));
        foreach (string country in new[] { "FR", "DE" })
        {
            int user = Enumerable.Range(0, data.Users.Count).First(user => CountryOf(data, user) == country);
            var (without, with) = (
                AskedBy(data.Users.Id(user), []), AskedBy(data.Users.Id(user), [new("i0", Time: DateTimeOffset.UnixEpoch)]));
            // the event is long ago, so that the pause has passed: nothing but who asks can make a difference
            Assert.Equal(Ids(without), Ids(with));
            Assert.NotEqual(Ids(AskedBy(null, [new("i0", Time: DateTimeOffset.UnixEpoch)])), Ids(with));
        }

        Recommendation AskedBy(string? user, HistoryEvent[] history) =>
            door.Recommend(new RecommendRequest { UserId = user, History = history, Count = 20 }, cancellationToken: Token);
    }

    private static string CountryOf(Interactions data, int user) =>
        data.UserAttributes.Labels["country"] is var column && column[user] is [var label, ..] ? column.Labels.Id(label) : "";

    /// <summary>A clock that goes on by an hour whenever it is read.</summary>
    private sealed class Hours : TimeProvider
    {
        private int _hour;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddDays(20_000).AddHours(_hour++);
    }

    [Fact]
    public void Equal_requests_with_equal_keys_are_answered_alike_whenever_they_come()
    {
        var data = GenredData.Interactions;
        var drawn = PipelineConfig.Parse(
            """{ "sources": [{ "kind": "popular" }], "rerank": [{ "kind": "softmax", "count": 5, "temperature": 1 }] }""");
        var trained = new PipelineTrainer().Train(drawn, data, new());
        using var door = Recommender.From(data, trained);
        door.Clock = new Hours();
        var request = new RecommendRequest { UserId = data.Users.Id(3), Key = 7 };
        string[] first = Ids(door.Recommend(request, cancellationToken: Token));
        for (int n = 0; n < 20; n++) Assert.Equal(first, Ids(door.Recommend(request, cancellationToken: Token)));
        Assert.Contains(Enumerable.Range(0, 20), key => !Ids(
            door.Recommend(request with { Key = key }, cancellationToken: Token)).SequenceEqual(first));
        // a time that is given is part of the question
        Assert.Contains(Enumerable.Range(0, 20), hour => !Ids(door.Recommend(request with
        {
            Context = new() { Time = DateTimeOffset.UnixEpoch.AddHours(hour) },
        }, cancellationToken: Token)).SequenceEqual(first));
    }

    [Fact]
    public void What_cannot_be_used_is_refused_in_a_sentence()
    {
        string Refused(RecommendRequest request) =>
            Assert.Throws<InputException>(() => Door.Recommend(request, cancellationToken: Token)).Message;
        Assert.Equal("count must be at least 1, was 0.", Refused(new() { Count = 0 }));
        Assert.Equal("The weight of item 'i0' must be a number above 0, was NaN.", Refused(new() { History = [new("i0", float.NaN)] }));
        Assert.Contains("null", Refused(new() { History = [null!] }), StringComparison.Ordinal);
        Assert.Contains(
            "context.labels.device is null",
            Refused(new() { Context = new() { Labels = new Dictionary<string, IReadOnlyList<string>> { ["device"] = null! } } }),
                StringComparison.Ordinal);
        Assert.Contains(
            "context.numbers.user.age must be finite", Refused(
                new() { Context = new() { Numbers = new Dictionary<string, float> { ["user.age"] = float.PositiveInfinity } } }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_newest_snapshot_of_a_folder_answers_after_a_refresh()
    {
        using var folder = new TemporaryFolder();
        string first = Snapshot.Publish(folder.Path, SmallContents());
        using var door = Recommender.Open(folder.Path);
        Assert.True(door.IsReady);
        Assert.False(door.Refresh());
        Assert.Equal(Path.GetFileName(first), door.Recommend("u0", cancellationToken: Token).Snapshot);
        string second = Snapshot.Publish(folder.Path, SmallContents());
        Assert.True(door.Refresh());
        Assert.Equal(Path.GetFileName(second), door.Recommend("u0", cancellationToken: Token).Snapshot);
        Assert.Throws<InvalidOperationException>(() => Door.Refresh());

        using var empty = new Recommender(new LiveSnapshot());
        Assert.False(empty.IsReady);
        Assert.Throws<NoSnapshotException>(() => empty.Recommend("u0", cancellationToken: Token));
    }

    [Fact]
    public void A_closed_recommender_says_that_it_is_closed()
    {
        using var folder = new TemporaryFolder();
        Snapshot.Publish(folder.Path, SmallContents());
        foreach (var door in new[] { Recommender.Open(folder.Path), Recommender.From(Data, Knn, Popular) })
        {
            Assert.Equal(2, door.Recommend("u2", cancellationToken: Token).Items.Count);
            door.Dispose();
            Assert.False(door.IsReady);
            Assert.Throws<ObjectDisposedException>(() => door.Recommend("u2", cancellationToken: Token));
            Assert.Throws<ObjectDisposedException>(() => door.SimilarItems("i0", cancellationToken: Token));
        }
    }

    /// <summary>
    /// Of the pipeline's sources "a" knows i0 alone and "b" knows which items are had together: whatever is proposed by "b" is explained by
    /// its model, though the model of "a" comes first. Neither knows more than one item of the history. With a stage behind them, sources
    /// do not leave out themselves what was seen.
    /// </summary>
    [Fact]
    public void The_reasons_for_an_item_are_those_of_the_model_that_proposed_it()
    {
        var trained = new PipelineTrainer { Fallback = null }.Train(PipelineConfig.Parse("""
            { "sources": [{ "kind": "model", "name": "a", "model": "popularity", "count": 1 },
                          { "kind": "model", "name": "b", "model": "item-knn", "options": { "neighbours": 3 } }],
              "rerank": [{ "kind": "keep", "count": 10 }] }
            """), Data, new());
        var request = new RecommendRequest { UserId = "u0", Because = true };
        using var memory = Recommender.From(Data, trained);
        using var folder = new TemporaryFolder();
        var contents = new SnapshotContents(Data, Data.ItemAttributes, Manifested(Popular), Manifested(Popular))
        {
            Pipeline = new(trained, [.. trained.Models.Select(model => Manifested(model).Manifest)]),
        };
        Snapshot.Publish(folder.Path, contents);
        using var published = Recommender.Open(folder.Path);
        foreach (var door in new[] { memory, published })
        {
            var item = Assert.Single(door.Recommend(request, Token).Items, item => item.Source == "b");
            Assert.Equal(("i2", "i1"), (item.ItemId, Assert.Single(item.Because)));
        }

        static TrainedModel Manifested(IModel model) => new(
            SmallContents().Model.Manifest with { Trainer = model is ItemKnnModel ? "item-knn" : "popularity", Options = [] }, model);
    }

    private static SnapshotContents SmallContents() => Snapshots.SmallSnapshot.Contents();

    public static TheoryData<RecommendRequest, string> Nulls => new()
    {
        { new() { UserId = "u0", History = null! }, "history is null; give it a value, or leave it out." },
        { new() { UserId = "u0", Where = null! }, "where is null; give it a value, or leave it out." },
        { new() { UserId = "u0", Deny = null! }, "deny is null; give it a value, or leave it out." },
        { new() { UserId = "u0", Context = new() { Labels = null! } }, "context.labels is null; give it a value, or leave it out." },
        { new() { UserId = "u0", Context = new() { Numbers = null! } }, "context.numbers is null; give it a value, or leave it out." },
        { new() { UserId = "" }, "userId is empty; name a user, or leave it out." },
        { new() { History = [new("")] }, "history[0] is empty; name an item, or leave it out." },
        { new() { UserId = "u0", WhyNot = [""] }, "whyNot[0] is empty; name an item." },
    };

    [Theory]
    [MemberData(nameof(Nulls))]
    public void What_a_program_sets_to_null_is_named(RecommendRequest request, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InputException>(() => Door.Recommend(request, Token)).Message);

    [Fact]
    public async Task A_request_that_is_null_is_named()
    {
        Assert.Equal("request", Assert.Throws<ArgumentNullException>(() => Door.Recommend(null!, Token)).ParamName);
        Assert.Equal(
            "request", (await Assert.ThrowsAsync<ArgumentNullException>(async () => await Door.RecommendAsync(null!, Token))).ParamName);
        Assert.Equal("request", Assert.Throws<ArgumentNullException>(() => Door.SimilarItems(null!, Token)).ParamName);
        Assert.Equal("itemId is null; name an item.", Assert.Throws<InputException>(
            () => Door.SimilarItems(new SimilarItemsRequest { ItemId = null! }, Token)).Message);
        Assert.Equal("itemId is empty; name an item.",
            Assert.Throws<InputException>(() => Door.SimilarItems("", cancellationToken: Token)).Message);
        Assert.Equal("userId", Assert.Throws<ArgumentNullException>(
            () => Door.Recommend((string)null!, cancellationToken: Token)).ParamName);
        Assert.Equal(
            "itemId",
            Assert.Throws<ArgumentNullException>(() => Door.SimilarItems((string)null!, cancellationToken: Token)).ParamName);
    }

    /// <summary>Of those who had i0, as u3 did, two had i1 and one had i2; nobody had i3. Popular with 2, 1 and 0 users.</summary>
    [Fact]
    public void Why_not_says_where_the_model_ranks_an_item()
    {
        var data = Small.Of(4, [(0, 1), (1, 1)], [(0, 1), (1, 1)], [(0, 1), (2, 1)], [(0, 1)]);
        var knn = new ItemKnn { Shrinkage = 0 }.Train(data, new());
        using var door = Recommender.From(data, knn, new Popularity().Train(data, new()));
        var scores = new float[4];
        knn.Score(Query.Of(data, 3), scores);
        string VerdictOn(string user, string item) => Assert.Single(
            door.Recommend(new() { UserId = user, Count = 1, WhyNot = [item] }, Token).WhyNot!).Verdict;
        Assert.Equal(
            $"No source proposed it among its best: model ranks it 2 of 2, with a score of {scores[2]:G4}.", VerdictOn("u3", "i2"));
        Assert.Equal(
            "No source proposed it among its best: model has no score for it; popularity has no score for it.", VerdictOn("u3", "i3"));
        Assert.Equal(
            "No source proposed it among its best: model has no score for it; popularity ranks it 3 of 3, with a score of 1.",
            VerdictOn("nobody", "i2"));
    }

    [Fact]
    public void Names_in_the_context_that_nothing_looks_at_are_warned_of()
    {
        var data = Data.WithUserAttributes([new("u0") { Labels = new Dictionary<string, IReadOnlyList<string>> { ["country"] = ["FR"] } }]);
        var config = PipelineConfig.Parse("""{ "sources": [{ "kind": "popular" }], "context": { "device": "labels", "user.age": "numbers" } }""");
        using var door = Recommender.From(data, new TrainedPipeline(config, [], new Dictionary<string, IndexWithManifest>()));
        IReadOnlyList<string> WarningsFor(string label, string number) => door.Recommend(new()
        {
            UserId = "u0",
            Context = new()
            {
                Labels = new Dictionary<string, IReadOnlyList<string>> { [label] = ["x"] },
                Numbers = new Dictionary<string, float> { [number] = 1 },
            },
        }, Token).Warnings;
        Assert.Empty(WarningsFor("device", "user.age"));
        Assert.Empty(WarningsFor("user.country", "user.age"));
        Assert.Equal(
            ["Nothing looks at context.labels.devise; did you mean device?",
                "Nothing looks at context.numbers.weather; there are device, user.country, user.age."],
            WarningsFor("devise", "weather"));
        Assert.Equal(
            ["Nothing looks at context.labels.user.age; give it in context.numbers.",
                "Nothing looks at context.numbers.device; give it in context.labels."],
            WarningsFor("user.age", "device"));
        Assert.Equal(["Nothing looks at context.labels.device, or at any other name."], Door.Recommend(new()
        {
            UserId = "u0",
            Context = new() { Labels = new Dictionary<string, IReadOnlyList<string>> { ["device"] = ["tv"] } },
        }, Token).Warnings);
    }
}
