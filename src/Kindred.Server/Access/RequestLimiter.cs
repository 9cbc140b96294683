using System.Globalization;
using Kindred.AspNetCore.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Kindred.Server.Access;

/// <summary>Answers 429 to a key that asks more often than it may.</summary>
internal sealed class RequestLimiter(RequestDelegate next, KeyBudgets budgets, RequestLimitsInUse limits)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>() is null) return next(context);
        var wait = budgets.Take(AccessControl.KeyOf(context) ?? "anonymous");
        if (wait == TimeSpan.Zero) return next(context);
        context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Problem.Of($"A key may send {limits.Current.RequestsPerSecond} requests a second; send fewer, or raise the setting " +
            $"'{RequestLimits.Name}'.", StatusCodes.Status429TooManyRequests).ExecuteAsync(context);
    }
}
