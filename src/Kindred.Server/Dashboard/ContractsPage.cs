using System.Globalization;
using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.ExposureContracts;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>The ledger of exposure contracts: what new items were promised, given, and what it cost.</summary>
internal static class ContractsPage
{
    public const string Path = "/contracts";

    private const int Shown = 100;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapPage(Path, Show).Requires(Scope.Read);
        pages.MapPost(Path, ContractSettingsForm.Save).Requires(Scope.Admin);
    }

    private static async Task<IResult> Show(
        HttpContext context, IStore store, ContractBook book, ContractService service, TimeProvider clock)
    {
        var ledger = await ContractEndpoints.ReadAsync(store, book, service, clock, Shown, context.RequestAborted);
        var setting = await store.Settings.GetAsync(ContractSettings.Name, context.RequestAborted);
        var settings = setting is null ? ContractSettings.Off : ContractSettings.Parse(setting.Json);
        return new Page(Path, "New items", page =>
        {
            if (!ledger.Enabled)
                page.Html.Element("p", "Contracts are off: new items are shown only where the model puts them. Those that run are not "
                    + "placed until contracts are on again.");
            if (ledger.Waiting is { } waiting) page.Html.Element("p", waiting);
            if (ledger.Enabled || ledger.Contracts.Count > 0) page.Section("today", "Today", () => DefinitionList.Write(page.Html,
            [
                ("answers", Format.Count(ledger.Today.Answers)),
                ("clicks expected of them", Say($"{ledger.Today.ExpectedClicks:0.##}")),
                ("budget", Say($"{ledger.Today.Share * ledger.Today.ExpectedClicks:0.##} clicks, {ledger.Today.Share:P1} of them")),
                ("spent", Say($"{ledger.Today.Spent:0.###} clicks; {ledger.Today.Left:0.###} are left")),
                ("rate of all items", Say($"{ledger.Rate:P2}; below {ledger.Threshold:P2} an item is hopeless")),
                ("contracts", string.Join(", ", ledger.States.Select(state => $"{state.Value} {state.Key}"))),
                .. ledger.KeptShare is { } kept ? ((string, string)[])[("promises kept", Say($"{kept:P0}"))] : [],
            ]), $"/v1/contracts?count={Shown}", "A rate is the part of those who look at an item who click it. What placements "
                + "cost is predicted: the clicks that the items in whose place they stand would have had.");
            page.Section("ledger", "Ledger", () => page.Table(
                "Contracts", ledger.Contracts, "No item has a contract yet.",
                ["item", "state", " given", " promised", " clicks", " spent", "began", "ended", "reason"], contract =>
                {
                    page.RowTitle(() => page.ItemLink(contract.ItemId));
                    page.Html.Element("td", contract.State);
                    foreach (string number in (string[])
                        [Format.Count(contract.Given), Format.Count(contract.Impressions), Format.Count(contract.Clicks),
                            Say($"{contract.Spent:0.###}")])
                        page.Html.Element("td", number, ("class", "number"));
                    page.AgoCell(contract.Began);
                    page.AgoCell(contract.Ended);
                    page.Html.Element("td", contract.Reason ?? "");
                }), $"/v1/contracts?count={Shown}", $"The newest first, at most {Shown}.");
            if (page.May(Scope.Admin))
                page.Section("settings", "What new items are promised",
                    () => ContractSettingsForm.Write(page, Path, settings, setting?.Version ?? 0, ledger.Rate),
                    $"/v1/settings/{ContractSettings.Name}", "Contracts that run keep what they promised; the rest counts at once.");
            else if (!ledger.Enabled)
                page.Html.Element("p", "A key with the scope admin can promise each of them some impressions here.", ("class", "note"));
        });
    }

    /// <summary>A contract, on the page of its item.</summary>
    public static void WriteOne(PageWriter page, ContractAnswer contract) => DefinitionList.Write(page.Html,
    [
        ("state", contract.State),
        .. contract.Reason is { } reason ? ((string, string)[])[("reason", reason)] : [],
        ("promised", Say($"{contract.Impressions} impressions in {contract.Hours:0.##} hours, from {Format.Moment(contract.Began)}")),
        ("given", Say($"{contract.Given} impressions, {contract.Placed} of them placed by the contract")),
        ("clicks", Say($"{contract.Clicks}; a rate of {contract.Rate:P2} is expected, {contract.Expected:P2} of items like it")),
        ("chance to be worth it", Say($"{contract.ChanceAboveThreshold:P0}")),
        ("spent", Say($"{contract.Spent:0.###} expected clicks")),
    ]);

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
