using System.Globalization;
using System.Threading.RateLimiting;
using Kindred.AspNetCore.Endpoints;
using Kindred.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;

namespace Kindred.Server.Access;

/// <summary>How often one key may ask: the setting <see cref="Name"/>. Requests without a key share one limit.</summary>
internal sealed record RequestLimits
{
    public const string Name = "limits";

    /// <summary>Requests of one key; null: as many as it likes.</summary>
    public double? RequestsPerSecond { get; init; }

    /// <summary>Requests at once that a key which was silent may send; null: those of a second, at least one.</summary>
    public int? Burst { get; init; }

    public static RequestLimits None { get; } = new();

    /// <exception cref="InputException">It is no JSON object of these names, or a value is out of range.</exception>
    public static RequestLimits Parse(string json)
    {
        var limits = SettingJson.Read<RequestLimits>(Name, json);
        if (limits.RequestsPerSecond is not (null or (>= .01 and <= 1e6)))
            throw new InputException($"requestsPerSecond must be 0.01 to 1,000,000, was {limits.RequestsPerSecond}; leave it out " +
                "for no limit.");
        if (limits.Burst is not (null or (>= 1 and <= 1_000_000)))
            throw new InputException($"burst must be 1 to 1,000,000, was {limits.Burst}.");
        return limits;
    }

    public string ToJson() => SettingJson.Write(this);

    /// <summary>A bucket of tokens for each key. Other settings are other buckets, which begin full.</summary>
    public static void Use(RateLimiterOptions limiter)
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, (string Key, RequestLimits Limits)>(context =>
        {
            var limits = context.RequestServices.GetRequiredService<RequestLimitsInUse>().Current;
            bool isLimited = context.GetEndpoint()?.Metadata.GetMetadata<RequiredScopes>() is not null;
            return limits.RequestsPerSecond is not { } rate || !isLimited
                ? RateLimitPartition.GetNoLimiter(("", limits))
                : RateLimitPartition.GetTokenBucketLimiter(
                    (AccessControl.KeyOf(context) ?? "anonymous", limits), _ => Bucket(limits, rate));
        });
        limiter.OnRejected = async (rejected, _) =>
        {
            var (context, lease) = (rejected.HttpContext, rejected.Lease);
            var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var given) ? given : TimeSpan.FromSeconds(1);
            context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            double? rate = context.RequestServices.GetRequiredService<RequestLimitsInUse>().Current.RequestsPerSecond;
            await Problem.Of($"A key may send {rate} requests a second; send fewer, or raise the setting '{Name}'.",
                StatusCodes.Status429TooManyRequests).ExecuteAsync(context);
        };
    }

    private static TokenBucketRateLimiterOptions Bucket(RequestLimits limits, double rate)
    {
        // tokens are whole: a slow rate gets one in more than a second
        int tokens = (int)Math.Max(1, Math.Round(rate / 10));
        return new()
        {
            TokenLimit = limits.Burst ?? (int)Math.Max(1, Math.Ceiling(rate)),
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = TimeSpan.FromSeconds(tokens / rate),
            QueueLimit = 0,
        };
    }
}

/// <summary>How often one key may ask, now.</summary>
internal sealed class RequestLimitsInUse(IStore store, StoreChanges changes)
    : SettingInUse<RequestLimits>(store, changes, RequestLimits.Name, RequestLimits.None, RequestLimits.Parse);
