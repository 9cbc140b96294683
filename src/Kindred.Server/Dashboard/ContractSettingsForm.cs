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
    private const string Time = "yyyy-MM-dd HH:mm:ss"; // UTC

    private static readonly string[] Moments = [Time, "yyyy-MM-dd HH:mm", "yyyy-MM-dd"];

    /// <param name="version">Of the setting as it is now; 0: nobody wrote it yet.</param>
    /// <param name="rate">Of all items; of those who look at one, so many click it.</param>
    public static void Write(PageWriter page, string action, ContractSettings settings, long version, double rate) =>
        page.Form(action, () =>
        {
            page.Hidden("version", version.ToString(CultureInfo.InvariantCulture));
            page.Select("New items get contracts", "enabled", [("yes", "yes"), ("no", "no")], settings.Enabled ? "yes" : "no");
            page.Field("Impressions of each", "impressions", Text(settings.Impressions), isRequired: true);
            page.Field("In so many hours", "hours", Text(settings.Hours), isRequired: true);
            page.Field("Most times per user", "perUser", Text(settings.PerUser), "Placements of an item", isRequired: true);
            page.Field("First place", "first", Text(settings.Slots[0]), "Of an answer, from 1", isRequired: true);
            page.Field("Last place", "last", Text(settings.Slots[1]), isRequired: true);
            page.Field("Budget, % of the clicks", "budget", Text(settings.Budget, 100), "That answers are expected to bring in a day",
                isRequired: true);
            page.Field("Give up below this click rate, %", "threshold", Text(settings.Threshold, 100),
                $"Empty: half the rate of all items, {Text(rate / 2, 100)} now");
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
    private static string JsonOf(IFormCollection form) => new JsonObject
    {
        ["enabled"] = form["enabled"] == "yes",
        ["impressions"] = WholeIn(form, "impressions"),
        ["hours"] = NumberIn(form, "hours"),
        ["perUser"] = WholeIn(form, "perUser"),
        ["slots"] = new JsonArray(WholeIn(form, "first"), WholeIn(form, "last")),
        ["budget"] = NumberIn(form, "budget") / 100,
        ["threshold"] = IsEmpty(form, "threshold") ? null : NumberIn(form, "threshold") / 100,
        ["since"] = IsEmpty(form, "since") ? null : JsonValue.Create(MomentIn(form, "since")),
    }.ToJsonString();

    private static bool IsEmpty(IFormCollection form, string name) => string.IsNullOrWhiteSpace(form[name]);

    private static long VersionIn(IFormCollection form) =>
        long.TryParse(form["version"], NumberStyles.None, CultureInfo.InvariantCulture, out long version)
            ? version : throw new InputException("The form has no version of the setting; load the page again.");

    // without separators: 1,000 is a thousand to some, and one to others
    private static int WholeIn(IFormCollection form, string name) =>
        int.TryParse(form[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number
            : throw new InputException($"{name} must be a whole number such as 1000, was '{PlainText.Shorten(form[name].ToString())}'.");

    // decimal: a hundredth of .7 is .007
    private static decimal NumberIn(IFormCollection form, string name) =>
        decimal.TryParse(form[name], NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) ? number
            : throw new InputException($"{name} must be a number such as 2.5, was '{PlainText.Shorten(form[name].ToString())}'.");

    private static DateTimeOffset MomentIn(IFormCollection form, string name) => DateTimeOffset.TryParseExact(
        form[name], Moments, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
        out var time) ? time : throw new InputException(
            $"{name} must be a time such as 2026-01-31 14:00, was '{PlainText.Shorten(form[name].ToString())}'.");

    // a part as per cent without what rounding left: .07·100 is 7.000000000000001
    private static string? Text(double? number, int scale = 1) =>
        number is { } known ? ((decimal)known * scale).ToString("0.############", CultureInfo.InvariantCulture) : null;
}
