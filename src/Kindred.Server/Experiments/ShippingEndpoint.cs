using System.ComponentModel;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Server.Endpoints;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Experiments;

/// <summary>An experiment that found something better ends by giving it to everyone.</summary>
internal static class ShippingEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/experiments/{name}/ship", Ship).WithOperationId("shipExperiment").WithTags("experiments")
            .Accepts<ShipRequest>(true, "application/json")
            .Produces<ExperimentStatus>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Give everyone what a treatment gave some, and stop the experiment")
            .WithDescription("""
                A snapshot is promoted, event settings are written; a scenario takes the place of the one that requests name, or, where they
                name none, becomes the pipeline that the next training makes a snapshot of.
                """);

    private static async Task<IResult> Ship(HttpContext context, ExperimentRegistry registry, Shipping shipping, string name)
    {
        if (await registry.FindAsync(name) is null)
            return Problem.Of(ExperimentRegistry.Unknown(name, await registry.ListAsync()), StatusCodes.Status404NotFound);
        var request = await Body.ReadAsync(context, ExperimentsJson.Default.ShipRequest, new(null, null));
        var shipped = await shipping.ShipAsync(name, request.Arm, AccessControl.KeyOf(context) ?? "anonymous", request.Reason);
        return TypedResults.Json(ExperimentStatus.From(shipped), ExperimentsJson.Default.ExperimentStatus);
    }
}

/// <summary>What a person ships, and why.</summary>
internal sealed record ShipRequest(
    [property: Description("Absent: the only treatment.")] string? Arm,
    [property: Description("Kept with the experiment and in the audit log.")] string? Reason);
