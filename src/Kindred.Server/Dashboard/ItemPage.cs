using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.ExposureContracts;
using Kindred.Server.Live;
using Kindred.Snapshots;
using Kindred.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>What is known of an item, what is like it, how often it was shown, and whom it suits.</summary>
internal static class ItemPage
{
    public const string Path = "/item";

    private const int Neighbours = 10, Suited = 12, Examples = 12;

    public static void Map(IEndpointRouteBuilder pages) => pages.MapPage(Path, Show).Requires(Scope.Read);

    private static async Task<IResult> Show(
        HttpContext context, IStore store, LiveState live, LiveSnapshot snapshots, ItemActivity activity,
        Audiences audiences, TimeProvider clock, ContractBook book, string? id = null)
    {
        var aborted = context.RequestAborted;
        using var view = live.Acquire();
        if (string.IsNullOrEmpty(id)) return Pick([.. (await store.Items.ListAsync(null, Examples, aborted)).Select(entry => entry.Id)],
            new(view.Served));
        var titles = new ItemTitles(view.Served);
        var entry = await store.Items.GetAsync(id, aborted);
        var similar = new LiveRecommender(live, clock).SimilarItems(new() { ItemId = id, Count = Neighbours }, aborted);
        var (hours, isWhole) = await activity.OfAsync(id, aborted);
        var contract = await ContractEndpoints.OfAsync(store, book, id, aborted);
        var suited = await audiences.OfAsync(view, id, Suited, aborted);
        int? learned = LearnedBy(snapshots, id);
        string path = $"/v1/items/{Uri.EscapeDataString(id)}";

        return new Page(Path, titles.Of(id), page =>
        {
            WriteForm(page, id);
            bool isKnown = entry is not null || similar.IsKnownItem;
            if (!isKnown)
                page.Html.Element("p", $"The server does not know '{id}': it has no entry of it, and no event that it counts names it.",
                    ("class", "alarm"), ("role", "status"));
            page.Section("known", "What is known", () => WriteKnown(page, id, entry, isKnown, learned, titles),
                entry is null ? null : path);
            page.Section("similar", "Most similar", () =>
            {
                if (similar.Items.Count == 0) page.Html.Element("p", $"None: {similar.Reason ?? "nothing is similar"}.");
                else ItemCards.Write(page, similar.Items, titles, "Most similar");
            }, $"{path}/similar?count={Neighbours}");
            page.Section("shown", "Shown and answered", () => WriteActivity(page, hours, isWhole), $"{path}/activity",
                $"By hour of the last {ItemActivity.Hours}: answers that had the item, and events that named it, of the newest "
                + $"{Format.Count(ItemActivity.MostEvents)}.");
            if (contract is not null)
                page.Section("contract", "Exposure contract", () => ContractsPage.WriteOne(page, contract), $"{path}/contract",
                    "What the item was promised, what it was given, and what that cost.");
            page.Section("suited", "Whom it suits best", () =>
            {
                if (suited.Reason is { } reason)
                {
                    page.Html.Element("p", reason);
                    return;
                }
                page.Points(suited.Users, pair =>
                {
                    page.UserLink(pair.User);
                    page.Html.Element("span", $" {Format.Number(pair.Score)}", ("class", "note"));
                }, "ol");
            }, $"{path}/audience?count={Suited}",
                "Users who have not had it, by the score of the model; comparable between users of this item alone.");
        });
    }

    private static Page Pick(IReadOnlyList<string> examples, ItemTitles titles) => new(Path, "Item", page =>
    {
        page.Html.Element(
            "p", "See what is known of an item, what is like it, how often it was shown, and whom it suits.", ("class", "hint"));
        WriteForm(page, null);
        if (examples.Count == 0) return;
        page.Section("examples", "Some items", () => page.Points(examples, item => page.ItemLink(item, titles.Of(item))),
            $"/v1/items?count={Examples}");
    });

    private static void WriteForm(PageWriter page, string? id) =>
        page.Question(Path, "Show", () => page.Field("Item", "id", id, "Its id", isRequired: true));

    private static void WriteActivity(PageWriter page, IReadOnlyList<ItemHour> hours, bool isWhole)
    {
        string[] times = [.. hours.Select(hour => hour.Time.ToString("HH':00 UTC'", CultureInfo.InvariantCulture))];
        using (page.Html.In("div", ("class", "charts")))
        {
            Chart("answers", "Answers that had the item by hour", hour => hour.Shown);
            Chart("events", "Events that named the item by hour", hour => hour.Events);
        }
        if (!isWhole)
            page.Html.Element("p", "The log of answers is too long to be read while you wait: the newest answers are not counted.",
                ("class", "alarm"));

        void Chart(string name, string label, Func<ItemHour, double> count) =>
            ColumnsByTime.Draw(page.Html, label, [(name, [.. hours.Select(count)])], times);
    }

    /// <returns>Users of the training who had an item; null: the model has not learned it.</returns>
    private static int? LearnedBy(LiveSnapshot snapshots, string id)
    {
        using var lease = snapshots.TryAcquire();
        return lease?.Snapshot is { } snapshot && snapshot.Items.TryGetIndex(id, out int item)
            && snapshot.Interactions.ByItem.Row(item).Columns.Length is > 0 and int users ? users : null;
    }

    /// <summary>An object's members, those that hold much in a word.</summary>
    private static IEnumerable<(string, string)> Attributes(string json)
    {
        foreach (var (name, value) in JsonNode.Parse(json)!.AsObject())
            yield return (name, value switch
            {
                null => "–",
                JsonArray { Count: > 20 } numbers when numbers[0]?.GetValueKind() == JsonValueKind.Number =>
                    Format.Many(numbers.Count, "number"),
                JsonArray list => PlainText.Shorten(string.Join(", ", list.Select(one => $"{one}"))),
                _ => PlainText.Shorten($"{value}"),
            });
    }

    private static void WriteKnown(PageWriter page, string id, CatalogEntry? entry, bool isKnown, int? learned, ItemTitles titles)
    {
        DefinitionList.Write(page.Html,
        [
            ("id", id),
            ("learned by the model", learned is { } users ? $"yes, from {Format.Many(users, "user")} who had it" : !isKnown ? "no"
                : "no: it stands on what is known of it, or on its first events"),
            ("recommended", !isKnown ? "no: the server does not know it" : entry?.Hidden == true ? "no: it is hidden"
                : "yes, where it suits"),
            .. titles.LabelsOf(id) is { Count: > 0 } labels ? ((string, string)[])[("labels", string.Join(", ", labels))] : [],
            .. entry is null ? ((string, string)[])[] : [("since", Format.Moment(entry.CreatedAt)), .. Attributes(entry.Attributes)],
        ]);
    }
}
