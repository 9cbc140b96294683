using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.Experiments;
using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Kindred.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>What a user sees, why, and what they would see if something were different. Looking is not logged as an answer.</summary>
internal static class UserPage
{
    public const string Path = "/user";

    private const int Shown = 10, History = 50, Recent = 12;

    public static void Map(IEndpointRouteBuilder pages) => pages.MapPage(Path, Show).Requires(Scope.Read);

    private static async Task<IResult> Show(
        HttpContext context, IStore store, LiveState live, Previews previews, SnapshotShelf shelf, RunningExperiments experiments,
        string? id = null, string? also = null, string? whyNot = null, string? with = null)
    {
        var aborted = context.RequestAborted;
        using var view = live.Acquire();
        var choices = OtherAnswers.Choices(view, shelf, (await shelf.ServedAsync(aborted)).Snapshot, experiments.Current);
        if (string.IsNullOrEmpty(id)) return Pick(await RecentUsers(store, aborted), choices);

        string[] had = [.. (also ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()];
        var question = new PreviewQuestion(
            id, Shown, had, string.IsNullOrWhiteSpace(whyNot) ? null : whyNot.Trim(), string.IsNullOrEmpty(with) ? null : with);
        var preview = await previews.OfAsync(question, aborted);
        var events = await store.Events.HistoryAsync(id, History, cancellationToken: aborted);
        var entry = await store.Users.GetAsync(id, aborted);
        var titles = new ItemTitles(view.Served);

        return new Page(Path, $"User {id}", page =>
        {
            WriteForm(page, id, also, whyNot, with, choices);
            WriteLists(page, question, preview, titles);
            if (preview.Answer.WhyNot is [var missing]) WriteWhyNot(page, question, missing, titles);
            page.Section("history", "History", () => WriteHistory(page, events, titles), $"/v1/users/{Uri.EscapeDataString(id)}/events",
                events.Count == History ? $"The newest {History} stored events." : "All stored events, the newest first.");
            if (entry is not null)
                page.Section("known", "What is known", () => page.Code("Attributes", entry.Attributes),
                    $"/v1/users/{Uri.EscapeDataString(id)}");
        });
    }

    private static async Task<IReadOnlyList<string>> RecentUsers(IStore store, CancellationToken cancellation)
    {
        const int Events = 5_000;
        long last = await store.Events.LastSequenceAsync(cancellation);
        var events = await store.Events.AfterAsync(Math.Max(0, last - Events), Events, cancellation);
        return [.. events.OrderByDescending(e => e.Time).ThenByDescending(e => e.Sequence)
            .Select(e => e.UserId).OfType<string>().Distinct().Take(Recent)];
    }

    private static Page Pick(IReadOnlyList<string> recent, IReadOnlyList<(string, string)> choices) => new(Path, "As a user", page =>
    {
        page.Html.Element("p", "See what someone is recommended, and why: anyone, also who has no events yet.", ("class", "hint"));
        WriteForm(page, null, null, null, null, choices);
        if (recent.Count == 0) return;
        page.Section("recent", "Some users", () => page.Points(recent, page.UserLink),
            hint: "Of the events that were stored last, those that happened last.");
    });

    private static void WriteForm(
        PageWriter page, string? id, string? also, string? whyNot, string? with,
        IReadOnlyList<(string Value, string Name)> choices) => page.Question(Path, "Show", () =>
    {
        page.Field("User", "id", id, isRequired: true);
        page.Field("What if they also had", "also", also, "Ids of items, with commas between");
        page.Field("Why not this item", "whyNot", whyNot, "The id of an item");
        if (choices.Count > 0) page.Select("Compare with", "with", [("", "nothing"), .. choices], with);
    });

    private static string JsonOf(PreviewQuestion question)
    {
        IEnumerable<string> parts =
        [
            $"count={question.Count}", .. question.Also.Select(item => $"also={Uri.EscapeDataString(item)}"),
            .. question.WhyNot is { } item ? (string[])[$"whyNot={Uri.EscapeDataString(item)}"] : [],
            .. question.With is { } with ? (string[])[$"with={Uri.EscapeDataString(with)}"] : [],
        ];
        return $"/v1/users/{Uri.EscapeDataString(question.UserId)}/preview?{string.Join('&', parts)}";
    }

    private static void WriteLists(PageWriter page, PreviewQuestion question, Preview preview, ItemTitles titles) =>
        page.Section("list", "Recommended", () =>
        {
            var (answer, otherName, other) = preview;
            string from = answer.Snapshot == ColdStart.Id ? "" : $"From {answer.Snapshot}. ";
            page.Html.Element("p", from + (answer.Reason is { } reason ? $"Without the model: {reason}. " : "")
                + "A score orders the items of one list; it is no probability.", ("class", "note"));
            if (answer.Reason is null && answer.Items.Count > 0 && answer.Items.All(item => item.Source == "popularity"))
                page.Html.Element("p", "What is served is popularity: everyone sees the same, without what they had. The page Models says "
                    + "why no personal model is.", ("class", "note"));
            foreach (var arm in answer.Experiments)
                using (page.Html.In("p", ("class", "note arm")))
                {
                    page.Html.Text(arm.Arm == ExperimentAnswers.InterleavedArm ? "The list has items of both arms of the experiment "
                        : $"This is the list of {arm.Arm}, the user's arm of the experiment ");
                    page.Html.Element("a", arm.Experiment, ("href", ExperimentsPage.Link(arm.Experiment)), ("class", "id"));
                    page.Html.Text(".");
                }
            if (other is not null && question.Also.Count > 0 && question.With is null && ServedArms.IsSame(answer, other))
                page.Html.Element("p", "Both lists are the same: they had these items already, or the model learns nothing from them.",
                    ("role", "status"));
            foreach (string unknown in answer.UnknownItems)
                page.Html.Element("p", $"There is no item '{PlainText.Shorten(unknown)}': it changes nothing.", ("class", "alarm"));
            if (other is null)
            {
                ItemCards.Write(page, answer.Items, titles, $"Recommended to {question.UserId}");
                return;
            }
            string name = question.Also.Count > 0 ? $"If they also had {string.Join(", ", question.Also.Select(titles.Of))}"
                : answer.Snapshot;
            ListComparison.Write(page, (name, answer), (otherName!, other), titles);
        }, JsonOf(question));

    private static void WriteWhyNot(PageWriter page, PreviewQuestion question, MissingItem missing, ItemTitles titles) =>
        page.Section("why-not", $"Why not {titles.Of(missing.ItemId)}?", () =>
        {
            page.Html.Element("p", missing.Verdict);
            if (missing.Explanation is { } way && ItemCards.WayOf(way) is { Length: > 0 } text)
                page.Html.Element("p", text, ("class", "note"));
        }, JsonOf(question));

    private static void WriteHistory(PageWriter page, IReadOnlyList<StoredEvent> events, ItemTitles titles)
    {
        if (events.Count == 0)
        {
            page.Html.Element("p", "No events are stored.");
            return;
        }
        using (page.Html.In("ol", ("class", "timeline")))
            foreach (var e in events.Reverse())
                using (page.Html.In("li"))
                {
                    page.Html.Text($"{e.Type} ");
                    page.ItemLink(e.ItemId, titles.Of(e.ItemId));
                    if (e.Value is { } value) page.Html.Text($", value {Format.Number(value)}");
                    using (page.Html.In("span", ("class", "note")))
                    {
                        page.Ago(e.Time);
                        if (page.Now - e.Time > TimeSpan.FromDays(30)) page.Html.Text($", {Format.Date(e.Time)}");
                    }
                }
    }
}
