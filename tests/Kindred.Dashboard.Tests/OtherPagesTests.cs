using System.Globalization;
using Kindred.ServerTests;
using Microsoft.Playwright;

namespace Kindred.DashboardTests;

/// <summary>Data, models, keys: what they show and what their forms do.</summary>
public sealed class OtherPagesTests(ChromiumBrowser chromium, FilmShop shop)
{
    [Theory]
    [InlineData(390, true)]
    [InlineData(1440, false)]
    public async Task Pages_fit_every_screen_by_day_and_by_night(int width, bool isDark)
    {
        await using var visit = await Visit.Begin(chromium, shop.Server, width, isDark);
        foreach (string path in (string[])["/data", "/models", "/access"])
        {
            await visit.Open(path);
            foreach (var details in await visit.Page.Locator("details").AllAsync()) await details.EvaluateAsync("d => d.open = true");
            await visit.Check();
        }
    }

    [Fact]
    public async Task Pages_of_an_empty_server_say_that_there_is_nothing()
    {
        await using var server = await LivingServer.Start();
        await using var visit = await Visit.Begin(chromium, server);
        foreach (string path in (string[])
            ["/user", "/item", "/contracts", "/map", "/data", "/pipeline", "/off-policy", "/models", "/access"])
        {
            await visit.Open(path);
            await visit.Check();
            if (path is "/map" or "/pipeline")
                Assert.Contains("No model is trained yet", await visit.Page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        }
        await TrainingIsStartedAndSeen(server, visit);
    }

    [Fact]
    public async Task Contracts_are_promised_and_changed_by_a_form_without_a_script()
    {
        await using var server = await LivingServer.Start();
        await using var visit = await Visit.Begin(chromium, server, hasScript: false);
        var page = await visit.Open("/contracts");
        await page.GetByLabel("New items get contracts").SelectOptionAsync("yes");
        await page.GetByLabel("Impressions of each").FillAsync("150");
        await page.GetByLabel("Budget, % of the clicks").FillAsync("0.7");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        var written = await server.Get("/v1/settings/contracts");
        Assert.Equal((true, 150, 72.0, 3, .007), ((bool)written["enabled"]!, (int)written["impressions"]!, (double)written["hours"]!,
            (int)written["perUser"]!, (double)written["budget"]!));
        Assert.Null(written["threshold"]);
        string since = (string)written["since"]!;
        Assert.Contains((await server.Get("/v1/audit"))["entries"]!.AsArray(), entry =>
            ((string)entry!["action"]!, (string?)entry["subject"]) == ("write-setting", "contracts"));

        // the form has what is in use, and what is wrong is said and not written
        Assert.Equal("0.7", await page.GetByLabel("Budget, % of the clicks").InputValueAsync());
        await page.GetByLabel("Give up below this click rate, %").FillAsync("1.5");
        await page.GetByLabel("Last place").FillAsync("8");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        written = await server.Get("/v1/settings/contracts");
        Assert.Equal(("[4,8]", .015), (written["slots"]!.ToJsonString(), (double)written["threshold"]!));
        Assert.Equal(since[..19], ((string)written["since"]!)[..19]);
        await page.GetByLabel("In so many hours").FillAsync("soon");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        Assert.Contains("In so many hours must be a number such as 2.5, was 'soon'.", await page.Locator("main").InnerTextAsync(),
            StringComparison.Ordinal);
        await visit.Open("/contracts");
        await page.GetByLabel("Impressions of each").FillAsync("1,000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        Assert.Contains("Impressions of each must be a whole number from 1 to 1000000, was '1,000'.",
            await page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        await visit.Open("/contracts");
        await page.GetByLabel("Budget, % of the clicks").FillAsync("500");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        Assert.Contains("Budget, % of the clicks must be 0 to 100, was 500.", await page.Locator("main").InnerTextAsync(),
            StringComparison.Ordinal);
        await visit.Open("/contracts");
        await server.Send(HttpMethod.Put, "/v1/settings/contracts", "{}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        Assert.Contains("Someone changed this setting meanwhile", await page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(200, (int)(await server.Get("/v1/settings/contracts"))["impressions"]!);
    }

    [Fact]
    public async Task Data_shows_types_and_what_was_refused_and_a_user_is_forgotten_with_a_receipt()
    {
        await using var server = await LivingServer.Start();
        await server.Post("/v1/events", """
            [{"type":"view","userId":"a","itemId":"x"},{"type":"view","userId":"a","itemId":"x","id":"7"},
                {"type":"buy","userId":"b","itemId":"x","id":"7"},{"no":1}]
            """);
        await server.Get("/v1/users/a/recommendations");
        await using var visit = await Visit.Begin(chromium, server);
        var page = await visit.Open("/data");
        Assert.Contains(": view 2", string.Join(' ', await page.Locator("#minutes svg title").AllTextContentsAsync()),
            StringComparison.Ordinal);
        Assert.Equal("1", await page.Locator("#refused tr", new() { HasText = "conflict" }).Locator("td").First.InnerTextAsync());
        Assert.Equal("1", await page.Locator("#refused tr", new() { HasText = "unreadable" }).Locator("td").First.InnerTextAsync());
        Assert.NotEqual("–", await page.Locator("#times tr", new() { HasText = "freshness" }).Locator("td").First.InnerTextAsync());
        Assert.Equal("2", await page.Locator("#days tr", new() { HasText = "view" }).Locator("td").First.InnerTextAsync());
        string file = Path.Combine(server.Folder, "more.tmp");
        await File.WriteAllTextAsync(file, """{"type":"import","userId":"c","itemId":"x"}""" + "\n", LivingServer.Cancellation);
        await LivingServer.Succeed("import", file, "--data", server.Folder);
        await LivingServer.Until(async () => (await server.Get("/v1/activity"))["minutes"]!.AsArray()
            .Any(minute => minute!["events"]!["import"] is not null), "the import counts");
        await UserIsForgottenWithReceipt(server, visit);
    }

    [Fact]
    public async Task Data_tells_how_events_differ_from_those_of_the_training()
    {
        string events = string.Join(',', Enumerable.Range(0, 300).Select(n =>
            $$"""{"type":"view","userId":"drift-{{n}}","itemId":"{{(n % 3 == 0 ? "unheard-of" : "2")}}"}"""));
        await shop.Server.Post("/v1/events", $"[{events}]");
        await using var visit = await Visit.Begin(chromium, shop.Server, hasScript: false);
        var page = await visit.Open("/data");
        var items = page.Locator("#drift tr", new() { HasText = "of which items" }).Locator("td");
        Assert.StartsWith("much changed", await items.Nth(1).InnerTextAsync(), StringComparison.Ordinal);
        Assert.InRange((double)(await shop.Server.Get("/v1/drift"))["popularity"]!["unknown"]!, .3, .4);
        Assert.InRange((double)(await shop.Server.Get("/v1/drift"))["activity"]!["unknown"]!, .9, 1);
    }

    [Fact]
    public async Task A_model_is_promoted_and_rolled_back_by_two_clicks_without_a_script()
    {
        await using var visit = await Visit.Begin(chromium, shop.Server, hasScript: false);
        var page = await visit.Open("/models");
        Assert.Contains(shop.Serving, await page.Locator(".advice").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(2, await page.Locator("#jobs tbody tr").CountAsync());
        ILocator other = page.Locator("#snapshots li", new() { Has = page.Locator("strong", new() { HasText = shop.Other }) });
        await other.Locator("summary", new() { HasText = "Promote" }).ClickAsync();
        await other.GetByLabel("Reason").FillAsync("<b>to see it</b>");
        await other.GetByRole(AriaRole.Button, new() { Name = "Promote" }).ClickAsync();
        Assert.Equal(shop.Other, (string)(await shop.Server.Get("/v1/snapshots"))["served"]!);
        await page.Locator("summary", new() { HasText = "Roll back" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = $"Roll back to {shop.Serving}" }).ClickAsync();
        var snapshots = await shop.Server.Get("/v1/snapshots");
        Assert.Equal(shop.Serving, (string)snapshots["served"]!);
        Assert.True((bool)snapshots["isHeld"]!);
        await other.Locator("summary").First.ClickAsync();
        Assert.Contains("<b>to see it</b>", await page.Locator("#snapshots").InnerTextAsync(), StringComparison.Ordinal);
        await visit.Open("/");
        Assert.Contains("After a rollback", await page.Locator("#alarms").InnerTextAsync(), StringComparison.Ordinal);
        await shop.Server.Post($"/v1/snapshots/{shop.Serving}/promote", """{"anyway":true}""");
    }

    [Fact]
    public async Task A_search_with_the_folder_as_its_data_is_kept_in_it_and_shown()
    {
        await LivingServer.Succeed(
            "tune", shop.Server.Folder, "--model", "item-knn:neighbours=20,shrinkage=1", "--trials", "4");
        await using var visit = await Visit.Begin(chromium, shop.Server, width: 390);
        var page = await visit.Open("/models");
        await visit.Check();
        var search = (await shop.Server.Get("/v1/tuning"))["searches"]![0]!;
        Assert.Equal(4, search["trials"]!.AsArray().Count);
        Assert.True(File.Exists(Path.Combine(shop.Server.Folder, "tuning", (string)search["journal"]!)));
        var (best, given) = ((double)search["best"]!["value"]!, (double)search["given"]!["value"]!);
        Assert.Equal(search["trials"]!.AsArray().Max(trial => (double)trial!["value"]!), best);
        Assert.Equal(best - given, (double)search["gain"]!, 1e-12);
        var shown = page.Locator("#tuning");
        Assert.Contains("with the options that were given", await shown.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(4, await shown.Locator("tbody tr").CountAsync());
        Assert.Equal(1, await shown.Locator("tbody tr", new() { HasText = "as given" }).CountAsync());
        Assert.Equal(2, await shown.Locator("svg path.line").CountAsync());
        string[] toUse = [.. await shown.Locator("code").AllInnerTextsAsync()];
        if (best <= given) Assert.Empty(toUse); // nothing better was found
        else Assert.StartsWith("\"model\": \"item-knn:neighbours=20,shrinkage=1,", Assert.Single(toUse), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_that_runs_is_shown_with_its_trials_so_far()
    {
        var search = LivingServer.Succeed("tune", shop.Server.Folder, "--model", "item-knn", "--trials", "40");
        await using var visit = await Visit.Begin(chromium, shop.Server, width: 390);
        var page = visit.Page;
        string shown = "";
        await LivingServer.Until(async () =>
        {
            await visit.Open("/models");
            var running = page.Locator("#tuning p", new() { HasText = "of 40 trials" });
            shown = await running.CountAsync() == 1 ? await running.InnerTextAsync() : "";
            return shown.Contains("The best so far reaches", StringComparison.Ordinal);
        }, "the search is shown while it runs");
        Assert.Matches(@"^[1-9]\d* of 40 trials, begun .+ ago, about .+ left[.] The best so far reaches [.]\d{4}", shown);
        await visit.Check();
        await search;
        await visit.Open("/models");
        Assert.Equal(0, await page.Locator("#tuning .marker").CountAsync());
        var ended = (await shop.Server.Get("/v1/tuning"))["searches"]!.AsArray().Single(one => one!["trials"]!.AsArray().Count == 40)!;
        Assert.Null(ended["running"]);
        Directory.Delete(Path.Combine(shop.Server.Folder, "tuning"), recursive: true); // other tests look at searches of their own
    }

    private static async Task TrainingIsStartedAndSeen(LivingServer server, Visit visit)
    {
        await LivingServer.Read(
            await server.Send(HttpMethod.Put, "/v1/settings/renewal", """{"enabled":false,"model":"popularity"}"""), 200);
        string events = string.Join(',', Enumerable.Range(0, 200).Select(n =>
            $$"""{"type":"view","userId":"u{{n % 20}}","itemId":"i{{n % 13}}","time":{{1_700_000_000 + n}}}"""));
        await server.Post("/v1/events", $"[{events}]");
        var page = await visit.Open("/models");
        await page.GetByRole(AriaRole.Button, new() { Name = "Train a model now" }).ClickAsync();
        await LivingServer.Until(
            async () => await page.Locator("#jobs tbody td").First.InnerTextAsync() == "succeeded", "the page shows its end");
    }

    [Fact]
    public async Task The_first_key_logs_in_and_a_removed_one_is_refused()
    {
        await using var server = await LivingServer.Start();
        await using var visit = await Visit.Begin(chromium, server);
        var page = await visit.Open("/access");
        await page.Locator("summary", new() { HasText = "Add a key" }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("me");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the key" }).ClickAsync();
        string key = await page.Locator("pre code").First.InnerTextAsync();
        await LivingServer.Read(await server.Send(HttpMethod.Get, "/v1/keys", key: key), 200);
        await visit.Check();

        await page.Locator("summary", new() { HasText = "Add a key" }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("shop");
        await page.GetByLabel("write").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the key" }).ClickAsync();
        string shopKey = await page.Locator("pre code").First.InnerTextAsync();
        var row = page.Locator("#keys tr", new() { HasText = "shop" });
        await row.Locator("summary").ClickAsync();
        await row.GetByRole(AriaRole.Button).ClickAsync();
        using var refused = await server.Send(HttpMethod.Post, "/v1/events", """{"type":"view","userId":"a","itemId":"b"}""", key: shopKey);
        Assert.Equal(401, (int)refused.StatusCode);
        Assert.Contains("remove-key", await page.Locator("#audit").InnerTextAsync(), StringComparison.Ordinal);
    }

    private static async Task UserIsForgottenWithReceipt(LivingServer server, Visit visit)
    {
        await server.Post(
            "/v1/events", """[{"type":"view","userId":"ann","itemId":"tea"},{"type":"view","userId":"ann","itemId":"jam"}]""");
        var page = await visit.Open("/access");
        await page.Locator("summary", new() { HasText = "Forget a user" }).ClickAsync();
        await page.GetByLabel("User", new() { Exact = true }).FillAsync("ann");
        await page.GetByLabel("The same id again").FillAsync("anna");
        await page.GetByRole(AriaRole.Button, new() { Name = "Forget" }).ClickAsync();
        Assert.Contains("The two ids differ", await page.Locator("[role=alert]").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("ann", await page.GetByLabel("User", new() { Exact = true }).InputValueAsync()); // to be corrected at once
        await page.GetByLabel("The same id again").FillAsync("ann");
        await page.GetByRole(AriaRole.Button, new() { Name = "Forget" }).ClickAsync();
        Assert.Contains(
            "2", await page.Locator("#receipt tr", new() { HasText = "events" }).First.InnerTextAsync(), StringComparison.Ordinal);
        await visit.Check();
        Assert.Empty((await server.Get("/v1/users/ann/events"))["events"]!.AsArray());
        await page.Locator("summary", new() { HasText = "Forget a user" }).ClickAsync();
        await page.GetByLabel("User", new() { Exact = true }).FillAsync("anna");
        await page.GetByLabel("The same id again").FillAsync("anna");
        await page.GetByRole(AriaRole.Button, new() { Name = "Forget" }).ClickAsync();
        Assert.Contains("Nothing was stored of this id", await page.Locator("#receipt .alarm").InnerTextAsync(), StringComparison.Ordinal);
    }
}
