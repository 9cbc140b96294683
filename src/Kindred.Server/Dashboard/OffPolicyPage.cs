using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>What a snapshot would have earned in place of what answered, from the server's own log, or why that cannot be said.</summary>
internal static class OffPolicyPage
{
    public const string Path = "/off-policy";

    private const int MostChoices = 20;

    public static void Map(IEndpointRouteBuilder pages) => pages.MapPage(Path, Show).Requires(Scope.Admin);

    /// <param name="snapshot">Null: nothing is asked yet; empty: all that can be judged.</param>
    private static async Task<IResult> Show(
        HttpContext context, LoggedQuestions questions, SnapshotShelf shelf, string? snapshot = null, int days = 14, int places = 1,
        string? @event = null)
    {
        string[] known = [.. shelf.All.Take(MostChoices).Select(one => one.Id)];
        string? type = string.IsNullOrWhiteSpace(@event) ? null : @event.Trim();
        LoggedQuestionAnswer? answer = null;
        string? refusal = null;
        try
        {
            if (snapshot is not null)
                answer = await questions.AskAsync(
                    new(days, places, type) { MostAnswers = LoggedQuestions.UsualAnswers }, snapshot, context.RequestAborted);
        }
        catch (InputException e)
        {
            refusal = e.Message;
        }
        return new Page(Path, "Off-policy", page =>
        {
            page.Html.Element("p", "What would another model have earned, had it answered? The server's own log of answers tells, as "
                + "far as something in the pipeline chose at random.", ("class", "hint"));
            if (refusal is not null) page.Html.Element("p", refusal, ("class", "alarm"), ("role", "alert"));
            WriteForm(page, known, snapshot, days, places, type);
            if (answer is not null) WriteAnswer(page, answer, snapshot);
        })
        {
            Status = refusal is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest,
        };
    }

    private static void WriteForm(PageWriter page, string[] known, string? snapshot, int days, int places, string? type)
    {
        if (known.Length == 0)
        {
            page.Html.Element("p", "There is no snapshot to judge yet.");
            return;
        }
        page.Question(Path, "Ask the log", () =>
        {
            page.Select(
                "Snapshot", "snapshot", [("", "all that have not learned the answers"), .. known.Select(id => (id, id))], snapshot);
            page.Field("Answers of the last days", "days", $"{days}", isRequired: true);
            page.Field("First places that count", "places", $"{places}", isRequired: true);
            page.Field("Events that are a success", "event", type, "Empty: all that count as a sign of interest");
        });
    }

    private static void WriteAnswer(PageWriter page, LoggedQuestionAnswer answer, string? snapshot)
    {
        string query = $"?days={answer.Days}&places={answer.Places}"
            + (string.IsNullOrEmpty(snapshot) ? "" : $"&snapshot={Uri.EscapeDataString(snapshot)}")
            + (answer.Event is { } type ? $"&event={Uri.EscapeDataString(type)}" : "");
        page.Section("log", "The log", () =>
        {
            DefinitionList.Write(page.Html,
            [
                ("answers to known users", Format.Count(answer.Answers) + (answer.IsWhole ? "" : ", the newest")),
                ("places filled at random", Format.Count(answer.Random)),
            ]);
            if (answer.Random == 0)
                page.Html.Element("p", "No place was filled at random, so that the log can only judge what answers alike. A stage that "
                    + "explores, such as epsilonGreedy, in the pipeline changes that.", ("class", "alarm"));
        }, $"/v1/ope{query}");
        for (int n = 0; n < answer.Reports.Count; n++)
        {
            var report = answer.Reports[n];
            page.Section($"policy-{n}", report.Policy, () => Reports.OffPolicyPage.WriteReport(page.Html, report),
                $"/v1/ope{query}");
        }
    }
}
