using Kindred.AspNetCore.Endpoints;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Kindred.AspNetCore;

/// <summary>
/// Answers what a recommender throws in any endpoint of the host as problem+json with one sentence: 503 while there is no snapshot, 404 for
/// an unknown scenario, 400 for a request that cannot be used. Everything else is left to the host.
/// </summary>
/// <remarks>
/// Three ways lead here, as a host may catch exceptions by <c>UseExceptionHandler</c>, show them on the developer's page, or do nothing.
/// </remarks>
internal sealed class RecommenderProblems : IExceptionHandler, IDeveloperPageExceptionFilter, IStartupFilter
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (ProblemOf(exception) is not { } problem || httpContext.Response.HasStarted) return false;
        await problem.ExecuteAsync(httpContext);
        return true;
    }

    public async Task HandleExceptionAsync(ErrorContext errorContext, Func<ErrorContext, Task> next)
    {
        if (!await TryHandleAsync(errorContext.HttpContext, errorContext.Exception, CancellationToken.None)) await next(errorContext);
    }

    /// <summary>Around everything of the host: what comes so far is handled by nobody else.</summary>
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, inner) =>
        {
            try
            {
                await inner(context);
            }
            catch (Exception e) when (!context.Response.HasStarted && ProblemOf(e) is not null)
            {
                context.Response.Clear();
                await TryHandleAsync(context, e, CancellationToken.None);
            }
        });
        next(app);
    };

    // of a body that the host reads itself, the host speaks
    private static JsonHttpResult<ProblemDetails>? ProblemOf(Exception e) =>
        e is NoSnapshotException or UnknownScenarioException or InputException ? Problem.Of(e) : null;
}
