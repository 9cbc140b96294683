using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Kindred.AspNetCore.Endpoints;
using Kindred.ExposureContracts;
using Kindred.Server.Access;
using Kindred.Server.Endpoints;
using Kindred.Server.Live;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.ExposureContracts;

/// <summary>The ledger of exposure contracts, and those that people start and stop.</summary>
internal static class ContractEndpoints
{
    private const int MostListed = 10_000, LongestReason = 500;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGetAndHead("/contracts", List).WithOperationId("listContracts").WithTags("contracts").Requires(Scope.Read)
            .Produces<ContractLedger>().ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("What new items were promised, given, and what it cost")
            .WithDescription("""
                Each new item gets so many impressions in so many hours, at a bounded predicted cost: the setting contracts. The counts are
                of all servers.
                """);
        routes.MapGetAndHead("/items/{id}/contract", Get).WithOperationId("getContract").WithTags("contracts").Requires(Scope.Read)
            .Produces<ContractAnswer>().ProducesProblem(StatusCodes.Status404NotFound).WithSummary("An item's newest contract");
        routes.MapPut("/items/{id}/contract", Put).WithOperationId("putContract").WithTags("contracts").Requires(Scope.Write)
            .Accepts<ContractRequest>("application/json")
            .Produces<ContractAnswer>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .WithSummary("Promise an item impressions")
            .WithDescription("""
                Starts a contract, also for an item that is not new, or changes what the one that runs promises. What is absent is as the
                setting contracts says.
                """);
        routes.MapDelete("/items/{id}/contract", Delete).WithOperationId("stopContract").WithTags("contracts").Requires(Scope.Write)
            .Produces<ContractAnswer>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Stop an item's contract").WithDescription("The ledger keeps what was given, and the reason.");
    }

    /// <summary>The ledger as it stands now.</summary>
    public static async Task<ContractLedger> ReadAsync(
        IStore store, ContractBook book, ContractService service, TimeProvider clock, int count, CancellationToken cancellation)
    {
        await service.CatchUpAsync(withClicks: true, cancellation); // what was just answered and clicked counts
        return await ContractLedger.ReadAsync(
            store, book.Settings, book.Appeals, book.NewItem, clock.GetUtcNow(), count, cancellation);
    }

    /// <returns>The newest contract of an item; null: it never had one.</returns>
    public static async Task<ContractAnswer?> OfAsync(
        IStore store, ContractBook book, string itemId, CancellationToken cancellation) =>
        (await store.Contracts.ListAsync(DateTimeOffset.UnixEpoch, 1, itemId, cancellationToken: cancellation)) is [var newest]
            ? ContractAnswer.From(newest, book.NewItem, book.Settings.ThresholdBy(book.Appeals)) : null;

    private static async Task<IResult> List(
        HttpContext context, IStore store, ContractBook book, ContractService service, TimeProvider clock,
        [Description("Maximum number of contracts."), Range(1, MostListed)] int count = 100)
    {
        if (count is < 1 or > MostListed) throw new InputException($"count must be 1 to {MostListed}, was {count}.");
        var ledger = await ReadAsync(store, book, service, clock, count, context.RequestAborted);
        return TypedResults.Json(ledger, LivingJson.Default.ContractLedger);
    }

    private static async Task<IResult> Get(
        HttpContext context, IStore store, ContractBook book, ContractService service,
        [Description("The id, percent-encoded.")] string id)
    {
        await service.CatchUpAsync(withClicks: true, context.RequestAborted);
        return Answer(await OfAsync(store, book, id, context.RequestAborted), id);
    }

    private static async Task<IResult> Put(
        HttpContext context, IStore store, ContractBook book, ContractStarter starter, ContractService service, LiveState live,
        AuditTrail audit, TimeProvider clock, [Description("The id, percent-encoded.")] string id)
    {
        var request = await Body.ReadAsync(context, LivingJson.Default.ContractRequest);
        var settings = book.Settings;
        if (!settings.Enabled)
            return Problem.Of(
                "Contracts are off, so no item would be placed; write the setting 'contracts' first.", StatusCodes.Status409Conflict);
        var (impressions, hours) = (request.Impressions ?? settings.Impressions, request.Hours ?? settings.Hours);
        ContractSettings.CheckPromise(impressions, hours);
        if (starter.IsFull && await Newest(store, id) is not { State: ContractState.Running })
            return Problem.Of(
                FormattableString.Invariant($"{book.Count:N0} contracts run, and no more may; ")
                + "stop some (DELETE), or wait until some have ended.", StatusCodes.Status409Conflict);
        if (await store.Items.GetAsync(id, context.RequestAborted) is null && !await live.KnowsItemAsync(id, context.RequestAborted))
            return Problem.Of(
                $"There is no item '{PlainText.Shorten(id)}': neither an entry nor an event names it.", StatusCodes.Status404NotFound);
        bool isChanged = await Newest(store, id) is { State: ContractState.Running } running
            && await store.Contracts.ChangeAsync(running.Number, impressions, hours);
        if (!isChanged)
            await store.Contracts.StartAsync([new(id, impressions, hours, clock.GetUtcNow(), false)], isFirst: false);
        await audit.WriteAsync(
            context, "promise-contract", id, FormattableString.Invariant($"{{\"impressions\":{impressions},\"hours\":{hours}}}"));
        await service.CatchUpAsync(withClicks: false, context.RequestAborted);
        return Answer(await OfAsync(store, book, id, context.RequestAborted), id);
    }

    private static async Task<IResult> Delete(
        HttpContext context, IStore store, ContractBook book, ContractService service, AuditTrail audit,
        [Description("The id, percent-encoded.")] string id,
        [Description("Why, in a sentence, for the ledger."), MaxLength(LongestReason)] string? reason = null)
    {
        if (reason?.Length > LongestReason)
            throw new InputException($"reason has {reason.Length} characters; write at most {LongestReason}.");
        await service.CatchUpAsync(withClicks: false, context.RequestAborted);
        string why = reason is null ? "A person stopped it." : $"A person stopped it: {PlainText.OneLine(reason)}";
        if (await Newest(store, id) is not { State: ContractState.Running } running
            || !await store.Contracts.EndAsync(running.Number, ContractState.Stopped, why)) // it may end by itself meanwhile
            return Problem.Of($"No contract of '{PlainText.Shorten(id)}' runs.", StatusCodes.Status404NotFound);
        await audit.WriteAsync(context, "stop-contract", id);
        await service.CatchUpAsync(withClicks: false, context.RequestAborted);
        return Answer(await OfAsync(store, book, id, context.RequestAborted), id);
    }

    private static async Task<StoredContract?> Newest(IStore store, string id) =>
        (await store.Contracts.ListAsync(DateTimeOffset.UnixEpoch, 1, id)) is [var newest] ? newest : null;

    private static IResult Answer(ContractAnswer? contract, string id) => contract is null
        ? Problem.Of($"Item '{PlainText.Shorten(id)}' never had a contract.", StatusCodes.Status404NotFound)
        : TypedResults.Json(contract, LivingJson.Default.ContractAnswer);
}

/// <summary>What an item is promised.</summary>
internal sealed record ContractRequest(
    [property: Description("Impressions. Default: as of the setting contracts."), Range(1, ContractSettings.MostImpressions)]
    int? Impressions = null,
    [property: Description("In so many hours. Default: as of the setting contracts."), Range(0, ContractSettings.MostHours)]
    double? Hours = null);
