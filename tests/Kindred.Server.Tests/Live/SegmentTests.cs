using Kindred.Models;
using Kindred.Onboarding;
using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.ServerTests.Live;

/// <summary>Users with few events get what is popular in their segment, before there is a snapshot and with one.</summary>
public sealed class SegmentTests
{
    // five users in de, four in fr; se has too few events
    private static readonly string[] Histories =
    [
        "a: de1 de2 de3", "b: de1 de2", "c: de1 all", "d: de1 all", "e: de2 all",
        "f: fr1 fr2 fr3", "g: fr1 fr2", "h: fr1 all", "i: fr3 fr4", "j: se1",
    ];

    [Fact]
    public async Task A_snapshot_does_not_take_the_segment_from_users_without_events()
    {
        await using var shop = await Shop(new Popularity());
        Assert.Equal("fr1 fr2 fr3", shop.Ask("newfr", 3));
        Assert.Equal("de1 de2 all", shop.Ask("newde", 3));
        var answer = shop.Answer("newfr", 3);
        Assert.Equal(("popularity", "no history: popular where country is fr"), (answer.Source, answer.Reason));
        // nobody's, and one with too few events: popular among all
        Assert.Equal("de1 all", shop.Ask("stranger", 2));
        Assert.Equal("de1 all", shop.Ask("newse", 2));
        Assert.Equal("unknown user", shop.Answer("newse", 2).Reason);
        // behind those of the segment come all others
        Assert.Equal(9, shop.Ask("newfr", 50).Split(' ').Length);

        await shop.Change(store => store.Items.PutAsync([new("fr1", Hidden: true)]));
        Assert.Equal("fr2 fr3", shop.Ask("newfr", 2));
        await shop.Change(store => store.Settings.SetAsync(LiveSettings.Name, "{}"));
        Assert.Equal("de1 all", shop.Ask("newfr", 2));
    }

    [Fact]
    public async Task What_a_model_leaves_open_is_filled_up_by_the_segment()
    {
        await using var shop = await Shop(new ItemKnn { Shrinkage = 0 });
        Assert.Equal("fr1 fr2 fr3", shop.Ask("newfr", 3)); // the model has nothing to say
        Assert.Equal("popularity", shop.Answer("newfr", 3).Source);
    }

    [Fact]
    public async Task What_is_popular_is_of_the_segment_in_pipelines_too()
    {
        await using var shop = await Shop(new ItemKnn { Shrinkage = 0 });
        await shop.Change(store => store.Settings.SetAsync(Scenarios.Name, """
            {
              "popular": {"sources": [{"kind": "popular"}]},
              "kept": {"sources": [{"kind": "popular", "name": "many"}], "seen": {"policy": "keep"}},
              "late": {"sources": [{"kind": "popular", "halfLifeDays": 30}]}
            }
            """));
        await shop.State.SettleAsync(LiveShop.Cancellation);
        string Ask(string user, string scenario, int count, string source = "popular")
        {
            var items = shop.Recommender.Recommend(
                new() { UserId = user, Scenario = scenario, Count = count }, LiveShop.Cancellation).Items;
            Assert.All(items, item => Assert.Equal(source, item.Source));
            return string.Join(' ', items.Select(item => item.ItemId));
        }
        Assert.Equal("fr1 fr2 fr3", Ask("newfr", "popular", 3));
        Assert.Equal("de1 de2 all", Ask("newde", "popular", 3));
        Assert.Equal("de1 all de2", Ask("newse", "popular", 3)); // too few events: of all
        Assert.Equal("fr1 fr2 fr3 all", Ask("f", "kept", 4, "many")); // whatever is in the history
        Assert.Equal("fr1 fr3 fr2 fr4", Ask("newfr", "late", 4)); // what was bought last counts more
    }

    [Fact]
    public async Task Model_and_segment_are_mixed_until_there_are_enough_events()
    {
        await using var shop = await Shop(new ItemKnn { Shrinkage = 0 });
        await using var without = await Shop(new ItemKnn { Shrinkage = 0 }, settings: "{}");
        await shop.Write(shop.Event("newfr", "de3"));
        await without.Write(without.Event("newfr", "de3"));
        string[] model = [.. without.Answer("newfr", 50).Items.Where(item => item.Source == "model").Select(item => item.ItemId)];
        string[] popular = ["fr1", "fr2", "fr3", "all", "fr4"];
        Assert.Equal(["de1", "de2"], model.Order());
        // after one event both count the same: in turns, the model's first
        Assert.Equal(
            PopularityBlend.Lists(model, popular, .5).Take(5), shop.Ask("newfr", 5).Split(' '));
        Assert.Equal(shop.Ask("newfr", 5).Split(' ').Take(3), shop.Ask("newfr", 3).Split(' ')); // whatever the length
        Assert.Equal((0, .5, .75, 1.0), (
            SegmentRetriever.ModelWeight(0), SegmentRetriever.ModelWeight(1), SegmentRetriever.ModelWeight(3),
            SegmentRetriever.ModelWeight(SegmentRetriever.EnoughItems)));
    }

    [Fact]
    public async Task Events_after_the_snapshot_count_each_user_once()
    {
        await using var shop = await Shop(new Popularity());
        foreach (string user in (string[])["f", "g", "h"]) await shop.Write(shop.Event(user, "fr4"), shop.Event(user, "fr4"));
        await shop.Write(shop.Event("f", "fr2"), shop.Event("f", "fr2"), shop.Event("f", "fr2"));
        var another = await shop.Start(); // as another server would after its start
        using var view = another.Acquire();
        var query = new Query(-1, default)
        {
            Context = new() { Labels = new Dictionary<string, IReadOnlyList<string>> { ["user.country"] = ["fr"] } },
        };
        var list = view.Segments!.For(query)!.Select(view.Served.Interactions.Items.Id).ToArray();
        Assert.Equal(["fr4", "fr1", "fr2", "fr3", "all"], list); // 4, 3, 2, 2 and 1 users
        another.Dispose();
    }

    [Fact]
    public async Task A_forgotten_user_does_not_count()
    {
        await using var shop = await Shop(new Popularity());
        foreach (string user in (string[])["g", "h"])
            await shop.Change(store => store.ForgetAsync(SubjectKind.User, user, LiveShop.Cancellation));
        using var another = await shop.Start();
        using var view = another.Acquire();
        var query = new Query(-1, default)
        {
            Context = new() { Labels = new Dictionary<string, IReadOnlyList<string>> { ["user.country"] = ["fr"] } },
        };
        Assert.Equal("fr3", view.Served.Interactions.Items.Id(view.Segments!.For(query)![0])); // f and i are left
    }

    [Fact]
    public async Task Settings_that_name_what_nobody_has_are_refused()
    {
        await using var shop = await LiveShop.Open();
        var segment = LiveSettings.Parse("""{"segment":"land"}""");
        await segment.CheckUseAsync(shop.Store, embeds: false); // nothing is known yet
        await shop.Store.Users.PutAsync([new("ann", """{"country":"no"}""")], LiveShop.Cancellation);
        await shop.Store.Items.PutAsync([new("tea", """{"title":"Green tea"}""")], LiveShop.Cancellation);
        Assert.Equal("No user has the attribute 'land' of 'segment'; there is country. Store it first.",
            (await Assert.ThrowsAsync<InputException>(() => segment.CheckUseAsync(shop.Store, embeds: false))).Message);
        await LiveSettings.Parse("""{"segment":"country"}""").CheckUseAsync(shop.Store, embeds: false);

        Assert.StartsWith("No item has the attribute 'tilte' of 'texts'; did you mean title?", (await Assert.ThrowsAsync<InputException>(
            () => LiveSettings.Parse("""{"texts":["tilte"]}""").CheckUseAsync(shop.Store, embeds: true))).Message,
            StringComparison.Ordinal);
        await LiveSettings.Parse("""{"texts":["title"]}""").CheckUseAsync(shop.Store, embeds: true);
        Assert.Contains("this program has none", (await Assert.ThrowsAsync<InputException>(
            () => LiveSettings.Parse("""{"texts":["title"]}""").CheckUseAsync(shop.Store, embeds: false))).Message,
            StringComparison.Ordinal);
    }

    private static async Task<LiveShop> Shop(ITrainer model, string settings = """{"segment":"country","segmentFrom":5}""")
    {
        var shop = await LiveShop.Open();
        await shop.Store.Settings.SetAsync(LiveSettings.Name, settings, cancellationToken: LiveShop.Cancellation);
        CatalogEntry In(string user, string country) => new(user, $$"""{"country":"{{country}}"}""");
        await shop.Store.Users.PutAsync(
            [.. "abcde".Select(user => In($"{user}", "de")), .. "fghi".Select(user => In($"{user}", "fr")), In("j", "se"),
                In("newde", "de"), In("newfr", "fr"), In("newse", "se")], LiveShop.Cancellation);
        foreach (string line in Histories)
            await shop.Store.Events.AppendAsync(
                [.. line[3..].Split(' ').Select(item => shop.Event(line[..1], item))], LiveShop.Cancellation);
        await shop.Train(model);
        await shop.State.StartAsync(LiveShop.Cancellation);
        return shop;
    }
}
