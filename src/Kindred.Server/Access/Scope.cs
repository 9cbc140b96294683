using Microsoft.AspNetCore.Builder;

namespace Kindred.Server.Access;

/// <summary>What a key allows. Who writes need not read; <see cref="Admin"/> includes the others.</summary>
internal enum Scope
{
    /// <summary>Recommendations, users and items.</summary>
    Read,

    /// <summary>Events, users and items.</summary>
    Write,

    /// <summary>Everything: also keys, settings, jobs, the audit log, export and forgetting.</summary>
    Admin,
}

/// <summary>The scope that an endpoint asks for; the last one of its metadata counts.</summary>
internal sealed record RequiredScope(Scope Scope);

internal static class ScopeConventions
{
    public static T Requires<T>(this T endpoint, Scope scope) where T : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new RequiredScope(scope));
}
