using Kindred.Pipelines;
using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.Live;
using Kindred.Server.Onboarding;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>Try the cards that a new user sees: nothing is stored, the answers so far are in the page's address.</summary>
internal static class OnboardingPage
{
    public const string Path = "/onboarding";

    private const int Shown = 8, Picks = 6;

    public static void Map(IEndpointRouteBuilder pages) => pages.MapPage(Path, Show).Requires(Scope.Read);

    /// <param name="kind">group: the first cards are groups.</param>
    private static async Task<IResult> Show(
        HttpContext context, OnboardingRounds rounds, LiveState live, string[]? pick = null, string[]? shown = null, string? kind = null)
    {
        // a card that stands for several items is one box with their ids
        StepTelemetry.LeaveOut();
        string[] picked = ItemsOf(pick), dismissed = [.. ItemsOf(shown).Except(picked)];
        var round = await rounds.TryAsync(picked, dismissed, new(Shown, Picks, kind == "group"), context.RequestAborted);
        string json = JsonOf(picked, dismissed, kind);
        using var view = live.Acquire();
        var titles = new ItemTitles(view.Served);
        return new Page(Path, "Onboarding", page =>
        {
            page.Html.Element(
                "p", "The cards that a new user sees, chosen for what an answer tells. Pick what you like; nothing is stored.",
                ("class", "hint"));
            WriteCards(page, round, picked, dismissed, titles, json);
            page.Section("preview", "Recommended so far", () =>
            {
                page.Html.Element("p", round.ModelWeight == 0 ? "What is popular alone: the model knows nothing of this user yet."
                    : $"The model's scores count {Format.Percent(round.ModelWeight)}, popularity the rest; each pick shifts it.",
                    ("class", "note"));
                ItemCards.Write(page, round.Preview, titles, "Preview");
            }, json);
        });
    }

    private static string JsonOf(string[] picked, string[] dismissed, string? kind)
    {
        IEnumerable<string> answers =
        [
            .. picked.Select(id => $"&picked={Uri.EscapeDataString(id)}"),
            .. dismissed.Select(id => $"&dismissed={Uri.EscapeDataString(id)}"),
        ];
        return $"/v1/onboarding/trial?count={Shown}&picks={Picks}&kind={(kind == "group" ? "group" : "item")}{string.Concat(answers)}";
    }

    private static void WriteCards(
        PageWriter page, OnboardingRound round, string[] picked, string[] dismissed, ItemTitles titles, string json) =>
        page.Section("cards", "Cards", () =>
        {
            var html = page.Html;
            if (picked.Length > 0) html.Element("p", $"Picked: {string.Join(", ", picked.Select(titles.Of))}.");
            if (round.Reason is { } reason)
            {
                html.Element("p", picked.Length + dismissed.Length == 0 ? "There are no items to ask about yet."
                    : $"The interview is over: {reason}.");
                html.Element("a", "Begin again", ("href", Path));
                return;
            }
            using (html.In("form", ("action", Path), ("class", "onboarding")))
            {
                foreach (string id in picked) html.Empty("input", ("type", "hidden"), ("name", "pick"), ("value", id));
                foreach (string id in dismissed) html.Empty("input", ("type", "hidden"), ("name", "shown"), ("value", id));
                using (html.In("ul", ("class", "cards"), ("aria-label", "Cards to pick from")))
                    for (int n = 0; n < round.Cards.Count; n++)
                        using (html.In("li")) WriteCard(html, round.Cards[n], n);
                page.Button("Next cards");
                html.Text(" ");
                bool isOfGroups = round.CardsFrom == "groups";
                html.Element("a", isOfGroups ? "Begin with single items" : "Begin with groups",
                    ("href", isOfGroups ? Path : $"{Path}?kind=group"));
            }
        }, json, round.CardsFrom switch
        {
            "adaptive" => "Each is asked because its answer tells most about what you like, after those before.",
            "groups" => "Each stands for one of the groups of items that the same people like.",
            var source => $"There is not enough to learn from yet, so that these are from {source}.",
        });

    private static void WriteCard(Html html, OnboardingCardAnswer card, int n)
    {
        string ids = string.Join('\n', card.Items.Select(item => item.ItemId));
        html.Empty("input", ("type", "hidden"), ("name", "shown"), ("value", ids));
        html.Empty("input", ("type", "checkbox"), ("name", "pick"), ("value", ids), ("id", $"card-{n}"));
        html.Element("label", card.Title, ("for", $"card-{n}"));
        if (card.Kind == "group")
            html.Element("p", string.Join(", ", card.Items.Select(item => item.Title ?? item.ItemId)), ("class", "note"));
    }

    private static string[] ItemsOf(string[]? boxes) =>
        [.. (boxes ?? []).SelectMany(box => box.Split('\n', '\r')).Where(id => id.Length > 0).Distinct()];
}
