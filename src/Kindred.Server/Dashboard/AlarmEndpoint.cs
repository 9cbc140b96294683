using System.ComponentModel;
using Kindred.AspNetCore.Endpoints;
using Kindred.Server.Access;
using Kindred.Server.Endpoints;
using Kindred.Server.Telemetry;
using Kindred.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>What people must know now, for programs that tell them.</summary>
internal static class AlarmEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGetAndHead("/alarms", List).WithOperationId("listAlarms").WithTags("health").Requires(Scope.Read)
            .Produces<AlarmsAnswer>().WithSummary("What people must know now")
            .WithDescription("""
                The sentences of the first page: what is wrong with the server, failed trainings, snapshots and experiments that wait for a
                person, and those that run or ended in the last days.
                """);

    private static async Task<JsonHttpResult<AlarmsAnswer>> List(HttpContext context, Alarms alarms, LivingHealth health)
    {
        var report = await health.Report(context.RequestAborted);
        IReadOnlyList<Alarm> raised;
        try
        {
            raised = await alarms.ListAsync(report, context.RequestAborted);
        }
        catch (StoreUnavailableException)
        {
            raised = Alarms.Of(report); // which says so
        }
        return TypedResults.Json(
            new AlarmsAnswer([.. raised.Select(alarm => new AlarmAnswer(alarm.Sentence, alarm.NeedsPerson, alarm.Path))]),
            LivingJson.Default.AlarmsAnswer);
    }
}

/// <summary>What people must know now.</summary>
internal sealed record AlarmsAnswer(IReadOnlyList<AlarmAnswer> Alarms);

/// <summary>Something that people must know.</summary>
internal sealed record AlarmAnswer(
    string Sentence,
    [property: Description("Whether a person must look, too; false: it is news.")] bool NeedsPerson,
    [property: Description("The page of the dashboard to look at; absent: there is none.")] string? Page);
