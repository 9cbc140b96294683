using System.Globalization;
using System.Text.Json.Nodes;
using Kindred.Server.Access;
using Kindred.Server.ExposureContracts;
using Kindred.Store;
using Microsoft.AspNetCore.Http;

namespace Kindred.Server.Dashboard;

/// <summary>What new items are promised, as a form: the setting that the API writes, with the same checks.</summary>
internal static class ContractSettingsForm
{
    private const string Impressions = "Impressions of each", Hours = "In so many hours", PerUser = "Most times per user",
        First = "First place", Last = "Last place", Budget = "Budget, % of the clicks", Threshold = "Give up below this click rate, %";

    private const string Time = "yyyy-MM-dd HH:mm:ss"; // UTC

    private static readonly string[] Moments = [Time, "yyyy-MM-dd HH:mm", "yyyy-MM-dd"];

    /// <param name="version">Of the setting as it is now; 0: nobody wrote it yet.</param>
    /// <param name="rate">Of all items; of those who look at one, so many click it.</param>
    public static void Write(PageWriter page, string action, ContractSettings settings, long version, double rate) =>
        page.Form(action, () =>
        {
            page.Hidden("version", version.ToString(CultureInfo.InvariantCulture));
            page.Select("New items get contracts", "enabled", [("yes", "yes"), ("no", "no")], settings.Enabled ? "yes" : "no");
            page.Field(Impressions, "impressions", Text(settings.Impressions), isRequired: true);
            page.Field(Hours, "hours", Text(settings.Hours), isRequired: true);
            page.Field(PerUser, "perUser", Text(settings.PerUser), "Placements of an item", isRequired: true);
            page.Field(First, "first", Text(settings.Slots[0]), "Of an answer, from 1", isRequired: true);
            page.Field(Last, "last", Text(settings.Slots[1]), isRequired: true);
            page.Field(Budget, "budget", Text(settings.Budget, 100), "That answers are expected to bring in a day", isRequired: true);
            page.Field(Threshold, "threshold", Text(settings.Threshold, 100), string.Create(
                CultureInfo.InvariantCulture, $"Empty: half the rate of all items, {50 * rate:0.##} now"));
            page.Field("New since, UTC", "since", settings.Since?.UtcDateTime.ToString(Time, CultureInfo.InvariantCulture),
                "Empty: from now on");
            page.Button("Save");
        }, "fields");

    /// <summary>Writes the setting as the form has it.</summary>
    public static async Task<IResult> Save(
        HttpContext context, BrowserSessions sessions, IStore store, StoreChanges changes, AuditTrail audit,
        IEnumerable<SettingKind> kinds)
    {
        var form = await sessions.ReadFormAsync(context);
        string json = kinds.Single(kind => kind.Name == ContractSettings.Name).Check(JsonOf(form));
        if (await store.Settings.SetAsync(ContractSettings.Name, json, VersionIn(form)) is not { } written)
            throw new InputException("Someone changed this setting meanwhile; load the page again, so that their change is not lost.");
        await audit.WriteAsync(context, "write-setting", ContractSettings.Name, $"{{\"version\":{written.Version}}}");
        await changes.CatchUpAsync();
        return Dashboard.SeeOther($"{ContractsPage.Path}#settings");
    }

    /// <exception cref="InputException">A field cannot be read.</exception>
    /// <remarks>Ranges are those of the setting, in the units and by the names of the form.</remarks>
    private static string JsonOf(IFormCollection form)
    {
        int first = WholeIn(form, "first", First, ContractSettings.MostSlot), last = WholeIn(form, "last", Last, ContractSettings.MostSlot);
        if (last < first) throw new InputException($"{Last} must be at least the first place, {first}, was {last}.");
        decimal hours = NumberIn(form, "hours", Hours), budget = NumberIn(form, "budget", Budget);
        if (hours is not (> 0 and <= (decimal)ContractSettings.MostHours))
            throw new InputException($"{Hours} must be above 0 and at most {ContractSettings.MostHours}, was {hours}.");
        if (budget is not (>= 0 and <= 100)) throw new InputException($"{Budget} must be 0 to 100, was {budget}.");
        decimal? threshold = IsEmpty(form, "threshold") ? null : NumberIn(form, "threshold", Threshold);
        if (threshold is not (null or (> 0 and < 100)))
            throw new InputException($"{Threshold} must be above 0 and below 100, or empty, was {threshold}.");
        return new JsonObject
        {
            ["enabled"] = form["enabled"].ToString() switch
            {
                "yes" => true,
                "no" => false,
                var other => throw new InputException($"enabled must be yes or no, was '{PlainText.Shorten(other)}'."),
            },
            ["impressions"] = WholeIn(form, "impressions", Impressions, ContractSettings.MostImpressions),
            ["hours"] = hours,
            ["perUser"] = WholeIn(form, "perUser", PerUser, ContractSettings.MostImpressions),
            ["slots"] = new JsonArray(first, last),
            ["budget"] = budget / 100,
            ["threshold"] = threshold / 100,
            ["since"] = IsEmpty(form, "since") ? null : JsonValue.Create(MomentIn(form, "since")),
        }.ToJsonString();
    }

    private static bool IsEmpty(IFormCollection form, string name) => string.IsNullOrWhiteSpace(form[name]);

    private static long VersionIn(IFormCollection form) =>
        long.TryParse(form["version"], NumberStyles.None, CultureInfo.InvariantCulture, out long version)
            ? version : throw new InputException("The form has no version of the setting; load the page again.");

    // without separators: 1,000 is a thousand to some, and one to others
    private static int WholeIn(IFormCollection form, string name, string label, int most) =>
        int.TryParse(form[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            && number >= 1 && number <= most ? number : throw new InputException(
                $"{label} must be a whole number from 1 to {most}, was '{PlainText.Shorten(form[name].ToString())}'.");

    // decimal: a hundredth of .7 is .007
    private static decimal NumberIn(IFormCollection form, string name, string label) =>
        decimal.TryParse(form[name], NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) ? number
            : throw new InputException($"{label} must be a number such as 2.5, was '{PlainText.Shorten(form[name].ToString())}'.");

    private static DateTimeOffset MomentIn(IFormCollection form, string name) => DateTimeOffset.TryParseExact(
        form[name], Moments, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
        out var time) ? time : throw new InputException(
            $"{name} must be a time such as 2026-01-31 14:00, was '{PlainText.Shorten(form[name].ToString())}'.");

    // a part as per cent without what rounding left: .07·100 is 7.000000000000001
    private static string? Text(double? number, int scale = 1) =>
        number is { } known ? ((decimal)known * scale).ToString("0.############", CultureInfo.InvariantCulture) : null;
}
