using System.Net;
using System.Text.Json.Nodes;
using Kindred.ServerTests;

namespace Kindred.DashboardTests;

/// <summary>Behind every number there is JSON: each part of each page with numbers has its link, and the link answers.</summary>
public sealed class JsonLinkTests(ChromiumBrowser chromium, FilmShop films, OnlineShop online)
{
    /// <summary>
    /// Numbers that no link to JSON is beside: what is written in a part of a page counts where the part, or one that it is in, has the
    /// link at its head. Fields to fill in, explanations, commands and ids hold
    /// no numbers of the server.
    /// </summary>
    private const string Unlinked = """
        () => {
          const isLinked = element => [...element.children].some(child =>
            child.matches("a.json") || (child.matches(".head, .note") && child.querySelector("a.json")));
          const written = element => {
            const copy = element.cloneNode(true);
            for (const id of copy.querySelectorAll(".id")) id.remove();
            return copy.textContent;
          };
          const numbers = [...document.querySelectorAll("main :is(td, dd, .value, svg:not(.key), p, li, time)")].filter(element =>
            /\d/.test(written(element)) && !element.closest("form, .hint, pre, h1, h2, summary, .advice, [role=alert]"));
          return numbers.filter(element => {
            for (let at = element; at && at.id !== "content"; at = at.parentElement) if (isLinked(at)) return false;
            return true;
          }).map(element => element.outerHTML.slice(0, 200));
        }
        """;

    private const string Linked = "() => [...document.querySelectorAll('main a.json')].map(link => link.getAttribute('href'))";

    [Fact]
    public async Task Each_number_of_each_page_has_JSON_behind_it()
    {
        string promotion = $"/v1/snapshots/{films.Serving}/promotion";
        await Walk(films.Server, promotion,
            "/", "/user", $"/user?id=15&also=50&whyNot=50&with=snapshot:{films.Other}", "/item", "/item?id=260", "/onboarding",
            "/onboarding?pick=260&shown=1", "/contracts", "/map?user=15", "/data", "/pipeline",
            "/off-policy?snapshot=", "/models", "/access");
        await Walk(online.Server, "/v1/experiments",
            "/", "/experiments", $"/experiment?name={OnlineShop.Better}", $"/experiment?name={OnlineShop.Broken}",
            $"/experiment?name={OnlineShop.Interleaved}", "/off-policy?snapshot=&event=click", "/data", "/models");
    }

    [Fact]
    public async Task Whom_an_item_suits_is_told_best_first_without_those_who_had_it()
    {
        var users = (await films.Server.Get("/v1/items/260/audience?count=5"))["users"]!.AsArray();
        Assert.Equal(5, users.Count);
        double[] scores = [.. users.Select(user => (double)user!["score"]!)];
        Assert.Equal(scores.OrderDescending(), scores);
        foreach (var user in users)
        {
            var history = await films.Server.Get($"/v1/users/{user!["userId"]}/events?count=10000");
            Assert.DoesNotContain("260", history["events"]!.AsArray().Select(e => (string)e!["itemId"]!));
        }
        await using var visit = await Visit.Begin(chromium, films.Server, hasScript: false);
        var page = await visit.Open("/item?id=260");
        Assert.Equal(
            users.Select(user => (string)user!["userId"]!), (await page.Locator("#suited li a").AllInnerTextsAsync()).Take(5));
    }

    /// <param name="expected">Among the links that are there.</param>
    private async Task Walk(LivingServer server, string expected, params string[] pages)
    {
        await using var visit = await Visit.Begin(chromium, server);
        HashSet<string> links = [];
        List<string> without = [];
        foreach (string path in pages)
        {
            var page = await visit.Open(path);
            foreach (var details in await page.Locator("details").AllAsync()) await details.EvaluateAsync("d => d.open = true");
            without.AddRange((await page.EvaluateAsync<string[]>(Unlinked)).Select(element => $"{path}: {element}"));
            links.UnionWith(await page.EvaluateAsync<string[]>(Linked));
        }
        Assert.True(without.Count == 0, $"numbers without JSON: {string.Join("\n", without)}");
        Assert.Contains(expected, links);
        foreach (string link in links)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, link);
            request.Headers.Add("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"); // as browsers do
            using var answer = await server.Client.SendAsync(request, LivingServer.Cancellation);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{link}: {answer.StatusCode}");
            Assert.EndsWith("json", answer.Content.Headers.ContentType?.MediaType, StringComparison.Ordinal);
            Assert.NotNull(JsonNode.Parse(await answer.Content.ReadAsStringAsync(LivingServer.Cancellation)));
        }
    }
}
