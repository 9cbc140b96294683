using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Kindred.Aspire.Client;

/// <summary>Healthy when the server says that it is ready to answer.</summary>
internal sealed class KindredHealthCheck(IHttpClientFactory clients, string client) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using var http = clients.CreateClient(client);
            using var answer = await http.GetAsync(new Uri("health/ready", UriKind.Relative), cancellationToken).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? HealthCheckResult.Healthy()
                : new(context.Registration.FailureStatus, $"The server is not ready: {(int)answer.StatusCode}.");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new(context.Registration.FailureStatus, "The server does not answer.", e);
        }
    }
}
